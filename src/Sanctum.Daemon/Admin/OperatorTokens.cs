using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace Sanctum.Daemon.Admin;

/// <summary>The tokens that operators hold. Only their hashes are kept, and none outlives the vault's being unsealed.</summary>
/// <param name="lifetime">How long one is good for.</param>
/// <param name="time">The clock.</param>
internal sealed class OperatorTokens(TimeSpan lifetime, TimeProvider time)
{
    /// <summary>How many there can be.</summary>
    public const int Most = 256;

    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<string, Held> _tokens = new(StringComparer.Ordinal);

    /// <summary>Makes a token for an operator who has just proved the passphrase. Where there are <see cref="Most"/>, the oldest ends: a script that logs in each time keeps nobody out.</summary>
    /// <param name="by">The operator.</param>
    /// <param name="scopes">What it is good for.</param>
    /// <param name="session">The terminal session whose processes alone may use it; null for any process.</param>
    public LoginView Issue(Operator by, OperatorScopes scopes, ProcessIdentity? session)
    {
        if (by.Unrecorded is not null && !scopes.HasFlag(OperatorScopes.Manage))
        {
            throw OperatorErrors.UselessLogin(by.Unrecorded);
        }

        var token = RandomNumberGenerator.GetHexString(64, lowercase: true);
        var expiresAt = time.GetUtcNow() + lifetime;
        var grant = new TokenGrant(scopes.HasFlag(OperatorScopes.Secrets) ? by : by.WithoutDisclosure(), scopes, session);
        Add(Hash(token), new Held(grant, expiresAt, time.GetTimestamp()));
        return new LoginView(
            token, expiresAt, by.Unrecorded is null ? null : "the login could not be recorded: this token can only seal the vault and stop the daemon", ScopeNames.Of(scopes), session is not null);
    }

    /// <summary>What a token is good for; null when it is nobody's, or over.</summary>
    public TokenGrant? Find(string token) =>
        _tokens.TryGetValue(Hash(token), out var held) && !IsOver(held) ? held.Grant : null;

    /// <summary>Forgets all of them.</summary>
    public void Clear() => _tokens.Clear();

    private void Add(string hash, Held made)
    {
        lock (_gate)
        {
            foreach (var (known, held) in _tokens)
            {
                if (IsOver(held))
                {
                    _tokens.TryRemove(known, out _);
                }
            }

            if (_tokens.Count >= Most)
            {
                _tokens.TryRemove(_tokens.MinBy(it => it.Value.IssuedAt).Key, out _);
            }

            _tokens[hash] = made;
        }
    }

    // By the time that has passed as well: setting the clock back must not make a token live longer.
    private bool IsOver(Held held) => held.ExpiresAt <= time.GetUtcNow() || time.GetElapsedTime(held.IssuedAt) >= lifetime;

    // Looking a hash up takes a time that depends on the hash, and tells nothing about a token that would have it.
    private static string Hash(string token) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(token)));

    private readonly record struct Held(TokenGrant Grant, DateTimeOffset ExpiresAt, long IssuedAt);
}

/// <summary>What a token stands for.</summary>
/// <param name="By">The operator, who can do no more in the vault than the scopes say.</param>
/// <param name="Scopes">What it is good for.</param>
/// <param name="Session">The terminal session that it is bound to, if any.</param>
internal sealed record TokenGrant(Operator By, OperatorScopes Scopes, ProcessIdentity? Session)
{
    /// <summary>Refuses where the token has none of the scopes that a call can be made with.</summary>
    public void Require(OperatorScopes needed)
    {
        if ((Scopes & needed) == OperatorScopes.None)
        {
            throw OperatorErrors.MissingScope(needed, Scopes);
        }
    }

    /// <summary>Refuses whoever is not of the session that the token is bound to.</summary>
    /// <param name="caller">The session of the process that made the connection; null where that is not known.</param>
    public void RequireSession(ProcessIdentity? caller)
    {
        if (Session is { } bound && caller != bound)
        {
            throw OperatorErrors.OtherSession();
        }
    }
}
