namespace Sanctum.Daemon.Proxy.Runs;

/// <summary>
/// Counts wrong tokens by where they come from. A token has 256 random bits, so nobody guesses one; who tries anyway is slowed down, so that trying costs the
/// daemon little. A right token is taken whatever came before.
/// </summary>
/// <param name="vault">Keeps the record of them.</param>
/// <param name="perMinute">How many of one source in a minute are told so at once.</param>
/// <param name="time">The clock.</param>
internal sealed class TokenGuesses(Vault vault, int perMinute, TimeProvider time)
{
    private const int MostSources = 1024;
    private static readonly TimeSpan Penalty = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private volatile int _perMinute = perMinute;
    private readonly Dictionary<string, (int Count, long Since)> _sources = new(StringComparer.Ordinal);

    /// <summary>How many of one source in a minute are told so at once.</summary>
    public int PerMinute
    {
        get => _perMinute;
        set => _perMinute = value;
    }

    /// <summary>Records and counts a wrong token, and makes the sender wait when there have been too many.</summary>
    /// <returns>Whether there have been too many.</returns>
    /// <exception cref="VaultException">It can't be recorded; storage failed.</exception>
    public async ValueTask<bool> CountAsync(string source, CancellationToken cancellationToken)
    {
        await vault.RecordWrongTokenAsync(source).ConfigureAwait(false);
        if (!IsTooMany(source))
        {
            return false;
        }

        await Task.Delay(Penalty, time, cancellationToken).ConfigureAwait(false);
        return true;
    }

    private bool IsTooMany(string source)
    {
        var now = time.GetTimestamp();
        lock (_gate)
        {
            var (count, since) = _sources.GetValueOrDefault(source, (0, now));
            if (time.GetElapsedTime(since, now) > Window)
            {
                (count, since) = (0, now);
            }

            if (_sources.Count >= MostSources)
            {
                Forget(now);
            }

            _sources[source] = (count + 1, since);
            return count >= _perMinute;
        }
    }

    // A source is a user, or loopback: there are few. Should there be many after all, the counts begin anew.
    private void Forget(long now)
    {
        foreach (var (source, (_, since)) in _sources)
        {
            if (time.GetElapsedTime(since, now) > Window)
            {
                _sources.Remove(source);
            }
        }

        if (_sources.Count >= MostSources)
        {
            _sources.Clear();
        }
    }
}
