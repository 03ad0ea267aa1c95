using Sanctum.Client.Connections;
using Sanctum.Protocol.Messages;

namespace Sanctum.Client;

public sealed partial class SanctumClient
{
    /// <summary>
    /// Opens a run: a program that knows nothing of the vault can send requests through the daemon's proxy as this agent. It needs the token, trusts the
    /// authority, and has placeholders in the secrets' places. The run ends with this client's connection.
    /// </summary>
    /// <param name="credentials">The paths that the program gets placeholders for.</param>
    /// <param name="cancellationToken">Stops the waiting.</param>
    /// <exception cref="VaultException">The vault refused, has no proxy, or could not be asked.</exception>
    internal Task<ProxyRun> OpenRunAsync(IReadOnlyCollection<string> credentials, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(credentials);
        string[] paths = [.. credentials.Select(path => WholeText.CheckName(path, nameof(credentials)))];
        return CallAsync(
            Methods.ProxyOpen,
            session => new ProxyOpenParams(paths, session),
            RequestJson.Default.ProxyOpenParams,
            reply =>
            {
                var opened = reply.ReadResult(Replies.Default.ProxyOpenReply);
                return new ProxyRun(opened.Token, opened.Authority, opened.Placeholders ?? new Dictionary<string, string>(), opened.ProxySocket, Span(opened.ExpiresIn ?? 0));
            },
            cancellationToken);
    }

    /// <summary>Signs in again on the same connection, so that what belongs to the connection, such as a run, goes on with the new session.</summary>
    /// <exception cref="VaultConnectionException">The connection is closed, and what belonged to it has ended.</exception>
    internal Task RenewSessionAsync(CancellationToken cancellationToken = default) =>
        _sessions.SignInAgainAsync(_sessions.Current ?? throw Errors.ConnectionEnded(_sessions.Address), cancellationToken);
}
