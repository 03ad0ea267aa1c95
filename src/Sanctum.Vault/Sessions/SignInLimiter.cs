using System.Collections.Concurrent;

namespace Sanctum.Sessions;

/// <summary>
/// Counts failed sign-ins by where they come from, never by whom they name: so guessing is slow, and nobody can lock an agent out
/// by failing in its name.
/// </summary>
internal sealed class SignInLimiter(int perMinute, TimeProvider time)
{
    private const int MaxSources = 10_000;
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, Failures> _bySource = new(StringComparer.Ordinal);

    /// <exception cref="VaultException">This source has failed too often in the last minute.</exception>
    public void Demand(string source)
    {
        if (_bySource.TryGetValue(source, out var failures) && failures.Count >= perMinute)
        {
            var wait = failures.Since + Window - time.GetUtcNow();
            if (wait > TimeSpan.Zero)
            {
                throw Errors.RateLimited("too many failed sign-ins from here", wait);
            }

            _bySource.TryRemove(source, out _);
        }
    }

    public void Failed(string source)
    {
        var now = time.GetUtcNow();
        if (_bySource.Count >= MaxSources)
        {
            Forget(now);
        }

        _bySource.AddOrUpdate(
            source,
            _ => new Failures(1, now),
            (_, old) => now - old.Since >= Window ? new Failures(1, now) : old with { Count = old.Count + 1 });
    }

    private void Forget(DateTimeOffset now)
    {
        foreach (var (source, failures) in _bySource)
        {
            if (now - failures.Since >= Window)
            {
                _bySource.TryRemove(source, out _);
            }
        }
    }

    private sealed record Failures(int Count, DateTimeOffset Since);
}
