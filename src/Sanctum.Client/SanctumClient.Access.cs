using Sanctum.Client.Connections;
using Sanctum.Protocol.Messages;

namespace Sanctum.Client;

public partial class SanctumClient
{
    /// <summary>Lists every credential that the agent may act on, with what it may do and where requests with it go.</summary>
    /// <param name="prefix">Only paths that begin so; null for all.</param>
    /// <param name="cancellationToken">Stops the waiting.</param>
    /// <exception cref="VaultException">The vault refused, or could not be asked.</exception>
    public virtual Task<IReadOnlyList<CredentialInfo>> ListAccessAsync(string? prefix = null, CancellationToken cancellationToken = default) => ListAsync(prefix, access: true, cancellationToken);

    /// <summary>Says what would become of a call, had the agent made it now. Nothing is counted and nothing is sent, but that it was asked is on the record.</summary>
    /// <param name="path">The credential's path.</param>
    /// <param name="query">Which call; null for a use of any kind.</param>
    /// <param name="cancellationToken">Stops the waiting.</param>
    /// <exception cref="QuarantinedException">An operator has to let the agent go first.</exception>
    /// <exception cref="VaultException">There is no such operation, or no request to such a URL; the vault could not be asked.</exception>
    public virtual async Task<AccessCheck> CheckAccessAsync(string path, AccessQuery? query = null, CancellationToken cancellationToken = default)
    {
        WholeText.CheckName(path, nameof(path));
        var asked = query ?? new AccessQuery();
        var reply = await CallAsync(
            Methods.CheckAccess,
            session => new CheckAccessParams(path, asked.Action, asked.Operation, asked.Method, asked.Url?.AbsoluteUri, session),
            RequestJson.Default.CheckAccessParams,
            it => it.ReadResult(Replies.Default.CheckAccessReply),
            cancellationToken).ConfigureAwait(false);
        return new AccessCheck(reply.Allowed, reply.Code, reply.Reason, reply.Suggestion);
    }
}
