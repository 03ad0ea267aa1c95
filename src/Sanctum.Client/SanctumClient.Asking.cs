using Sanctum.Client.Connections;
using Sanctum.Protocol.Messages;

namespace Sanctum.Client;

public partial class SanctumClient
{
    /// <summary>
    /// Asks the vault's operator for access. It grants nothing by itself: the operator grants it, narrows it or denies it, and <see cref="AccessStatusAsync"/> says which. The same again
    /// is the same request. What comes back does not depend on whether the credential exists.
    /// </summary>
    /// <param name="request">What for.</param>
    /// <param name="cancellationToken">Stops the waiting.</param>
    /// <returns>The request, with its handle.</returns>
    /// <exception cref="RateLimitedException">8 requests of this agent wait already, or it has made 20 within an hour.</exception>
    /// <exception cref="VaultException">Code <c>INVALID_PARAMS</c>: it can't be asked for. Code <c>METHOD_NOT_FOUND</c>: this daemon takes no such requests.</exception>
    public virtual async Task<AccessProposal> RequestAccessAsync(AccessRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        WholeText.CheckName(request.Operation, nameof(request));
        WholeText.CheckName(request.Reason, nameof(request));
        foreach (var text in request.Hosts.Append(request.Path).Append(request.Service).OfType<string>())
        {
            WholeText.Check(text, nameof(request));
        }

        var reply = await CallAsync(
            Methods.RequestAccess,
            session => new RequestAccessParams(
                request.Operation,
                request.Reason,
                request.Path,
                request.Service,
                request.Hosts.Count > 0 ? request.Hosts : null,
                request.Duration is { } duration ? (long)Math.Ceiling(duration.TotalSeconds) : null,
                session),
            RequestJson.Default.RequestAccessParams,
            it => it.ReadResult(Replies.Default.AccessStatusReply),
            cancellationToken).ConfigureAwait(false);
        return reply.ToProposal(Methods.RequestAccess);
    }

    /// <summary>Says where one of the agent's own requests for access stands.</summary>
    /// <param name="handle">The request's <see cref="AccessProposal.Handle"/>.</param>
    /// <param name="cancellationToken">Stops the waiting.</param>
    /// <exception cref="VaultException">Code <c>INVALID_PARAMS</c>: no request of this agent has this handle, or it was forgotten, seven days after it was over.</exception>
    public virtual async Task<AccessProposal> AccessStatusAsync(string handle, CancellationToken cancellationToken = default)
    {
        WholeText.CheckName(handle, nameof(handle));
        var reply = await CallAsync(
            Methods.AccessStatus,
            session => new AccessStatusParams(handle, session),
            RequestJson.Default.AccessStatusParams,
            it => it.ReadResult(Replies.Default.AccessStatusReply),
            cancellationToken).ConfigureAwait(false);
        return reply.ToProposal(Methods.AccessStatus);
    }

    /// <summary>Reads the agent's own entries in the audit log, the newest page first.</summary>
    /// <param name="limit">At most so many, 1 to 100; null for 20.</param>
    /// <param name="before">Only older ones: the <see cref="AuditPage.NextBefore"/> of the page before; null for the newest.</param>
    /// <param name="cancellationToken">Stops the waiting.</param>
    /// <exception cref="RateLimitedException">The agent reads it too often.</exception>
    /// <exception cref="VaultException">Code <c>INVALID_PARAMS</c>: a number is out of range. Code <c>METHOD_NOT_FOUND</c>: this daemon does not show it to agents.</exception>
    public virtual async Task<AuditPage> ReadAuditLogAsync(int? limit = null, long? before = null, CancellationToken cancellationToken = default)
    {
        var reply = await CallAsync(
            Methods.AuditLog,
            session => new AuditLogParams(limit, before, session),
            RequestJson.Default.AuditLogParams,
            it => it.ReadResult(Replies.Default.AuditLogReply),
            cancellationToken).ConfigureAwait(false);
        return new AuditPage(
            [.. (reply.Entries ?? []).Select(it => new AuditPageEntry(it.Time?.Value, it.Action, it.Outcome, it.Resource, it.Operation, it.Reason, it.LeaseId))],
            reply.NextBefore)
        {
            IsIncomplete = reply.Incomplete,
        };
    }
}
