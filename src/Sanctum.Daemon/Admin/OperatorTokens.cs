using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace Sanctum.Daemon.Admin;

/// <summary>The tokens that operators hold. Only their hashes are kept, and none outlives the vault's being unsealed.</summary>
/// <param name="lifetime">How long one is good for.</param>
/// <param name="time">The clock.</param>
internal sealed class OperatorTokens(TimeSpan lifetime, TimeProvider time)
{
    private const int Most = 256;

    private readonly ConcurrentDictionary<string, Held> _tokens = new(StringComparer.Ordinal);

    /// <summary>Makes a token for an operator who has just proved the passphrase.</summary>
    public LoginView Issue(Operator by)
    {
        var now = time.GetUtcNow();
        foreach (var (hash, held) in _tokens)
        {
            if (IsOver(held))
            {
                _tokens.TryRemove(hash, out _);
            }
        }

        if (_tokens.Count >= Most)
        {
            throw new OperatorException(OperatorErrors.RateLimited, "there are too many operator tokens", "wait until some are over, or seal the vault");
        }

        var token = RandomNumberGenerator.GetHexString(64, lowercase: true);
        var expiresAt = now + lifetime;
        _tokens[Hash(token)] = new Held(by, expiresAt, time.GetTimestamp());
        return new LoginView(token, expiresAt, by.Unrecorded is null ? null : "the login could not be recorded: this token seals and stops, and nothing else");
    }

    /// <summary>Whose token it is; null when it is nobody's, or over.</summary>
    public Operator? Find(string token) =>
        _tokens.TryGetValue(Hash(token), out var held) && !IsOver(held) ? held.By : null;

    /// <summary>Forgets all of them.</summary>
    public void Clear() => _tokens.Clear();

    // By the time that has passed as well: setting the clock back must not make a token live longer.
    private bool IsOver(Held held) => held.ExpiresAt <= time.GetUtcNow() || time.GetElapsedTime(held.IssuedAt) >= lifetime;

    // Looking a hash up takes a time that depends on the hash, and tells nothing about a token that would have it.
    private static string Hash(string token) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(token)));

    private readonly record struct Held(Operator By, DateTimeOffset ExpiresAt, long IssuedAt);
}
