using System.Text;
using Sanctum.Client.Connections;
using Sanctum.Protocol.Framing;
using Sanctum.Protocol.Messages;

namespace Sanctum.Client;

public partial class SanctumClient
{
    /// <summary>Lists every credential that the agent may act on, in order of path; pages are fetched until there are no more.</summary>
    /// <param name="prefix">Only paths that begin so; null for all. Not every daemon knows this parameter.</param>
    /// <param name="cancellationToken">Stops the waiting.</param>
    /// <exception cref="VaultException">The vault refused, or could not be asked.</exception>
    public virtual Task<IReadOnlyList<CredentialInfo>> ListAsync(string? prefix = null, CancellationToken cancellationToken = default) => ListAsync(prefix, access: null, cancellationToken);

    /// <summary>
    /// Takes a secret out of the vault as text. Its lease is released when the client is disposed. A <see cref="string"/> can't be
    /// zeroed: <see cref="RetrieveLeaseAsync"/> is for secrets that should not linger, and
    /// <see cref="UseAsync"/> for those that the agent need not see at all.
    /// </summary>
    /// <param name="path">The credential's path.</param>
    /// <param name="ttl">How long it is needed for, in whole seconds; null, or too long, for what the policy allows.</param>
    /// <param name="cancellationToken">Stops the waiting.</param>
    /// <returns>The secret, read as UTF-8; bytes that are not are replaced by U+FFFD.</returns>
    /// <exception cref="AccessDeniedException">No policy lets this agent retrieve this path.</exception>
    /// <exception cref="CredentialNotFoundException">There is no such credential.</exception>
    /// <exception cref="VaultLockedException">The vault is sealed.</exception>
    public virtual async Task<string> RetrieveAsync(string path, TimeSpan? ttl = null, CancellationToken cancellationToken = default)
    {
        using var reply = await FetchAsync(path, ttl, cancellationToken).ConfigureAwait(false);
        return Encoding.UTF8.GetString(reply.Value.Bytes);
    }

    /// <summary>Takes a secret out of the vault as bytes that are zeroed, and its lease released, when the result is disposed.</summary>
    /// <inheritdoc cref="RetrieveAsync" path="/param"/>
    /// <inheritdoc cref="RetrieveAsync" path="/exception"/>
    public virtual async Task<CredentialLease> RetrieveLeaseAsync(string path, TimeSpan? ttl = null, CancellationToken cancellationToken = default)
    {
        // Not disposed: the lease takes over the bytes.
        var reply = await FetchAsync(path, ttl, cancellationToken).ConfigureAwait(false);
        return new CredentialLease(this, reply.Value.Bytes, path, reply.Type, Term(reply.LeaseId, reply.Ttl, reply.ExpiresAt));
    }

    private async Task<IReadOnlyList<CredentialInfo>> ListAsync(string? prefix, bool? access, CancellationToken cancellationToken)
    {
        _ = prefix is null ? null : WholeText.Check(prefix, nameof(prefix));
        var all = new List<CredentialInfo>();
        string? cursor = null;
        do
        {
            var page = await CallAsync(
                Methods.List,
                session => new ListParams(session, prefix, Cursor: cursor, Access: access),
                RequestJson.Default.ListParams,
                reply => reply.ReadResult(Replies.Default.ListReply),
                cancellationToken).ConfigureAwait(false);
            all.AddRange((page.Credentials ?? []).Select(Info));
            if (page.NextCursor is not null && page.NextCursor == cursor)
            {
                throw Errors.UnusableReply(Methods.List, new FrameException("the daemon sent the same page twice"));
            }

            cursor = page.NextCursor;
        }
        while (!string.IsNullOrEmpty(cursor));
        return all;
    }

    private static CredentialInfo Info(CredentialReply entry) => new(
        entry.Path,
        entry.Type,
        entry.Description ?? "",
        entry.Tags ?? [],
        entry.CreatedAt?.Value,
        entry.UpdatedAt?.Value)
    {
        Actions = entry.Actions,
        Hosts = entry.Hosts,
    };

    private Task<RetrieveReply> FetchAsync(string path, TimeSpan? ttl, CancellationToken cancellationToken)
    {
        WholeText.CheckName(path, nameof(path));
        var seconds = Seconds(ttl);
        return CallAsync(
            Methods.Retrieve,
            session => new RetrieveParams(path, session, seconds),
            RequestJson.Default.RetrieveParams,
            reply =>
            {
                // Remembered here and not by the caller, who may have stopped waiting: the lease exists all the same.
                var result = reply.ReadResult(Replies.Default.RetrieveReply);
                _leases.Add(result.LeaseId);
                return result;
            },
            cancellationToken);
    }
}
