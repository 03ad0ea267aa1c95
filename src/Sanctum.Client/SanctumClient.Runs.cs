using System.Net.Sockets;
using Sanctum.Client.Connections;
using Sanctum.Client.Runs;
using Sanctum.Protocol.Messages;

namespace Sanctum.Client;

public partial class SanctumClient
{
    /// <summary>The runs of this client's handlers.</summary>
    internal RunTransports Transports => IsSubstitute ? throw Errors.Substitute() : _transports;

    /// <summary>
    /// Opens a run: a program that knows nothing of the vault can send requests through the daemon's proxy as this agent. It needs the token, trusts the
    /// authority, and has placeholders in the secrets' places. The run ends with this client's connection.
    /// </summary>
    /// <param name="credentials">The paths that the program gets placeholders for; none for all that are bound to a host and that the agent may use.</param>
    /// <param name="cancellationToken">Stops the waiting.</param>
    /// <exception cref="VaultException">The vault refused, has no proxy, or could not be asked.</exception>
    internal Task<ProxyRun> OpenRunAsync(IReadOnlyCollection<string> credentials, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(credentials);
        string[]? paths = credentials.Count == 0 ? null : [.. credentials.Select(path => WholeText.CheckName(path, nameof(credentials)))];
        return OpenRunAsync(session => new ProxyOpenParams(paths, session), cancellationToken);
    }

    /// <summary>Opens a run whose requests all go out with one credential, without a placeholder.</summary>
    /// <inheritdoc cref="OpenRunAsync(IReadOnlyCollection{string}, CancellationToken)" path="/exception"/>
    internal Task<ProxyRun> OpenRunAsync(RunKey key, CancellationToken cancellationToken = default) =>
        OpenRunAsync(session => new ProxyOpenParams(null, session, key.Path, key.HeaderType, key.HeaderName), cancellationToken);

    /// <summary>Ends a run.</summary>
    /// <returns>Where its program was refused.</returns>
    /// <exception cref="VaultException">The connection has ended, and the run with it.</exception>
    internal Task<ProxyCloseReply> CloseRunAsync(ProxyRun run, CancellationToken cancellationToken = default) => run.Connection.IsOpen
        ? CallAsync(
            Methods.ProxyClose,
            session => new ProxyCloseParams(run.Token, session),
            RequestJson.Default.ProxyCloseParams,
            reply => reply.ReadResult(Replies.Default.ProxyCloseReply),
            cancellationToken)
        : throw Errors.ConnectionEnded(_sessions.Address);

    /// <summary>Signs in again on the same connection, so that what belongs to the connection, such as a run, goes on with the new session.</summary>
    /// <exception cref="VaultConnectionException">The connection is closed, and what belonged to it has ended.</exception>
    internal Task RenewSessionAsync(CancellationToken cancellationToken = default) =>
        _sessions.SignInAgainAsync(_sessions.Current ?? throw Errors.ConnectionEnded(_sessions.Address), cancellationToken);

    /// <summary>
    /// Signs in again when half of the session has passed, so that what a run begins has at least the other half. Not earlier: what began under a session ends when
    /// the agent has signed in twice after it.
    /// </summary>
    internal ValueTask KeepSessionAsync(CancellationToken cancellationToken) =>
        _sessions.Current is { HalfOver: { } half } session && _options.TimeProvider.GetTimestamp() >= half
            ? new ValueTask(RenewOrLeaveAsync(session, cancellationToken))
            : ValueTask.CompletedTask;

    private async Task RenewOrLeaveAsync(Session session, CancellationToken cancellationToken)
    {
        try
        {
            await _sessions.SignInAgainAsync(session, cancellationToken).ConfigureAwait(false);
        }
        catch (VaultException elsewhere) when ((elsewhere.IsForAnotherDaemon || elsewhere is VaultLockedException) && _sessions.HasOthers)
        {
            // A sign-in has no effect that another daemon could not have.
            await LeaveAsync(session, elsewhere, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Goes on at another daemon, because of what this one said.</summary>
    internal Task LeaveAsync(Session session, VaultException elsewhere, CancellationToken cancellationToken) =>
        _sessions.LeaveAsync(session, isStopping: elsewhere.IsOfStoppingDaemon, cancellationToken);

    /// <summary>Whether there is another daemon to go to.</summary>
    internal bool HasOtherDaemons => _sessions.HasOthers;

    /// <summary>The session that requests go out with now; null for none.</summary>
    internal Session? CurrentSession => _sessions.Current;

    /// <summary>Signs in again for a session that the vault says is over, unless somebody else has done so.</summary>
    internal Task SignInAgainAsync(Session expired, CancellationToken cancellationToken) => _sessions.SignInAgainAsync(expired, cancellationToken);

    /// <summary>Whether requests can go through the daemon's proxy: it says so, and its socket is on this machine.</summary>
    internal async ValueTask<bool> HasProxyAsync(CancellationToken cancellationToken) =>
        _sessions.Address.AddressFamily == AddressFamily.Unix
        && (await _sessions.GetAsync(cancellationToken).ConfigureAwait(false)).Features.Contains(Features.Proxy, StringComparer.Ordinal);

    private async Task<ProxyRun> OpenRunAsync(Func<string, ProxyOpenParams> parameters, CancellationToken cancellationToken)
    {
        RpcConnection? connection = null;
        var opened = await CallAsync(
            Methods.ProxyOpen,
            session =>
            {
                // Of a call that is repeated, the last one counts.
                connection = session.Connection;
                return parameters(session.Id);
            },
            RequestJson.Default.ProxyOpenParams,
            reply => reply.ReadResult(Replies.Default.ProxyOpenReply),
            _options.RequestTimeout,
            cancellationToken).ConfigureAwait(false);
        return new ProxyRun(
            opened.Token,
            opened.Authority,
            opened.Placeholders ?? new Dictionary<string, string>(),
            ProxySocket.Find(opened.ProxySocket, _sessions.Address),
            Span(opened.ExpiresIn ?? 0),
            connection!);
    }
}
