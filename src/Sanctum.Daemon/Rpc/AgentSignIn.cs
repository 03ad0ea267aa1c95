using System.Security.Cryptography;
using Sanctum.Protocol;
using Sanctum.Sessions;

namespace Sanctum.Daemon.Rpc;

/// <summary>
/// Whose connection it is: the challenge that is waiting for its response, and the session. Changed only by calls that run alone
/// on the connection.
/// </summary>
/// <param name="vault">The vault.</param>
/// <param name="host">Gives connections their places.</param>
/// <param name="connection">The connection.</param>
internal sealed class AgentSignIn(Vault vault, AgentHost host, AgentConnection connection)
{
    // Who guesses on gets late replies, and keeps its place on the listener for so long also when it hangs up: then its places are what limits the signatures
    // that are checked for it. Whoever has the key is not slowed down.
    private static readonly TimeSpan Penalty = TimeSpan.FromSeconds(1);

    private Challenge? _challenge;
    private string? _challengedAgent;
    private string? _challengeId;
    private string? _sessionId;
    private Session? _session;

    // The one before, while what its runs have begun goes on.
    private Session? _before;

    /// <summary>
    /// Whether the connection has signed in, and not out. The session may be over by itself meanwhile; its calls then get an
    /// reply that says so, and not a closed connection.
    /// </summary>
    public bool HasSession => _session is not null;

    /// <summary>The session, where there is one.</summary>
    public Session? Session => _session;

    /// <summary>Asks for a challenge; one that was waiting is worth nothing any more.</summary>
    /// <returns>The id that the session will have on the wire, and what to sign.</returns>
    public (string SessionId, string Challenge) Begin(string agent)
    {
        _challenge = vault.IssueChallenge(agent);
        _challengedAgent = agent;
        _challengeId = RandomNumberGenerator.GetHexString(32, lowercase: true);
        return (_challengeId, Convert.ToHexStringLower(_challenge.Bytes.Span));
    }

    /// <summary>Takes the response to the challenge. Right or wrong, the challenge is then used up; a session that the connection had is replaced only when it was right.</summary>
    /// <param name="signature">Hex.</param>
    /// <param name="agent">The agent that the response names, if it names one.</param>
    /// <param name="sessionId">The id that came with the challenge, where it was sent.</param>
    /// <param name="cancellationToken">The connection's.</param>
    public async ValueTask<(string SessionId, DateTimeOffset ExpiresAt)> CompleteAsync(
        string signature,
        string? agent,
        string? sessionId,
        CancellationToken cancellationToken)
    {
        var (challenge, challengeId) = (_challenge, _challengeId);
        (_challenge, _challengeId) = (null, null);
        if (challenge is null)
        {
            throw RpcErrors.NoChallenge();
        }

        if (sessionId is not null && sessionId != challengeId)
        {
            throw RpcErrors.NotThisConnections();
        }

        if (agent is not null && agent != _challengedAgent)
        {
            throw RpcErrors.NoChallenge();
        }

        var session = await AuthenticateAsync(challenge, ReadSignature(signature), cancellationToken).ConfigureAwait(false);
        await AdmitAsync(session).ConfigureAwait(false);
        var replaced = _session;
        (_session, _sessionId) = (session, challengeId!);
        host.Runs.Renew(connection, session);

        // Streams of a run are longer than the time between two sign-ins. No call can name the session any more, and it ends when its time has passed.
        var ended = replaced?.Agent == session.Agent && host.Runs.IsOwner(connection) ? _before : replaced;
        (_before, var older) = (ReferenceEquals(ended, replaced) ? null : replaced, _before);
        await LogoutAsync(ended).ConfigureAwait(false);
        await LogoutAsync(ReferenceEquals(older, ended) ? null : older).ConfigureAwait(false);

        return (_sessionId, session.ExpiresAt);
    }

    /// <summary>The agent that has signed in on this connection.</summary>
    /// <param name="sessionId">The session id that the call carries, if it does: it has to be this connection's.</param>
    public Caller Caller(string? sessionId)
    {
        if (sessionId is not null && (_session is null ? sessionId != _challengeId : sessionId != _sessionId && sessionId != _session.Id))
        {
            throw RpcErrors.NotThisConnections();
        }

        return _session is null ? throw RpcErrors.NotSignedIn() : _session.Caller;
    }

    /// <summary>Ends the session, if there is one.</summary>
    public async ValueTask EndAsync()
    {
        var (ended, before) = (_session, _before);
        (_session, _before, _sessionId, _challenge, _challengeId) = (null, null, null, null, null);
        host.Runs.Close(connection);
        await LogoutAsync(ended).ConfigureAwait(false);
        await LogoutAsync(before).ConfigureAwait(false);
    }

    private Task LogoutAsync(Session? session) => session is null ? Task.CompletedTask : vault.LogoutAsync(session, CancellationToken.None);

    private async ValueTask<Session> AuthenticateAsync(Challenge challenge, byte[] signature, CancellationToken cancellationToken)
    {
        try
        {
            return await vault.AuthenticateAsync(challenge, signature, connection.Peer.Source, cancellationToken).ConfigureAwait(false);
        }
        catch (VaultException limited) when (limited.Code == VaultErrorCode.RateLimited)
        {
            await Task.Delay(Penalty, host.Time, CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    // Where there is no place, the session ends at once and the connection after the reply that says so.
    private async ValueTask AdmitAsync(Session session)
    {
        try
        {
            host.SignedIn(connection, session.Agent);
        }
        catch (RpcException)
        {
            connection.Stop();
            await vault.LogoutAsync(session, CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    private static byte[] ReadSignature(string hex)
    {
        try
        {
            return Convert.FromHexString(hex);
        }
        catch (FormatException malformed)
        {
            throw InvalidParams.Of("signature", "'signature' must be hex digits", malformed);
        }
    }
}
