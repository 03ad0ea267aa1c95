using Sanctum.Client.Connections;
using Sanctum.Protocol.Framing;
using Sanctum.Protocol.Messages;

namespace Sanctum.Client;

public partial class SanctumClient
{
    /// <summary>Asks for a lease to use a service: requests go to its base URL, and the vault adds the secret on the way.</summary>
    /// <param name="service">A credential's path, such as <c>openai/api_key</c>; or a host, or the first part of a path, where that means one credential.</param>
    /// <param name="options">For how long, and limited to what; null for all that the policies allow.</param>
    /// <param name="cancellationToken">Stops the waiting.</param>
    /// <exception cref="AccessDeniedException">No policy lets this agent use it.</exception>
    /// <exception cref="QuarantinedException">An operator has to let the agent go first.</exception>
    /// <exception cref="VaultException">The vault refused for another reason, such as <c>APPROVAL_REQUIRED</c> or <c>SCOPE_UNAVAILABLE</c>.</exception>
    public virtual async Task<ServiceLease> LeaseServiceAsync(string service, ServiceLeaseOptions? options = null, CancellationToken cancellationToken = default)
    {
        WholeText.CheckName(service, nameof(service));
        var (seconds, asked) = (Seconds(options?.Ttl), options ?? new ServiceLeaseOptions());
        var reply = await CallAsync(
            Methods.CrpUse,
            session => new CrpUseParams(
                service,
                asked.Scopes.Count > 0 ? asked.Scopes : null,
                seconds,
                asked.ParentLeaseId is null && asked.MaxDepth is null ? null : new CrpDelegation(asked.ParentLeaseId, asked.MaxDepth),
                Context: asked.Purpose is null ? null : new CrpContext(Purpose: asked.Purpose),
                SessionId: session),
            CrpJson.Default.CrpUseParams,
            it => it.ReadResult(CrpReplies.Default.CrpUseReply),
            cancellationToken).ConfigureAwait(false);
        _leases.Add(reply.Lease.Id);
        return new ServiceLease(this, reply.Service ?? service, Term(reply.Lease.Id, reply.Lease.Ttl, reply.Lease.ExpiresAt), reply.SessionToken, reply.ProxyBaseUrl)
        {
            BaseUrls = reply.ProxyBaseUrls ?? [],
            ProxySocket = reply.ProxySocket,
            Scopes = reply.GrantedScopes ?? [],
            CredentialType = reply.CredentialDescriptor?.Type,
            Classification = reply.CredentialDescriptor?.Classification,
        };
    }

    /// <summary>The services that the agent can have leases on, all pages of them.</summary>
    /// <param name="prefix">Only those whose name begins so; null for all.</param>
    /// <param name="cancellationToken">Stops the waiting.</param>
    /// <exception cref="VaultException">The vault refused, or could not be asked.</exception>
    public virtual async Task<IReadOnlyList<ServiceInfo>> ListServicesAsync(string? prefix = null, CancellationToken cancellationToken = default)
    {
        _ = prefix is null ? null : WholeText.Check(prefix, nameof(prefix));
        var all = new List<ServiceInfo>();
        string? cursor = null;
        do
        {
            var page = await CallAsync(
                Methods.CrpList,
                session => new CrpListParams(prefix is null ? null : new CrpFilter(prefix), Cursor: cursor, SessionId: session),
                CrpJson.Default.CrpListParams,
                it => it.ReadResult(CrpReplies.Default.CrpListReply),
                cancellationToken).ConfigureAwait(false);
            all.AddRange((page.Services ?? []).Select(it => new ServiceInfo(it.Service, it.Description ?? "", it.Classification, it.CredentialTypes ?? [], it.Hosts ?? [])));
            if (page.Cursor is not null && page.Cursor == cursor)
            {
                throw Errors.UnusableReply(Methods.CrpList, new FrameException("the daemon sent the same page twice"));
            }

            cursor = page.Cursor;
        }
        while (!string.IsNullOrEmpty(cursor));
        return all;
    }

    /// <summary>Ends a lease at once, with all that were derived from it. The agent holds it, or one above it.</summary>
    /// <param name="leaseId">The lease.</param>
    /// <param name="reason">Why, for the record; null for nothing.</param>
    /// <param name="cancellationToken">Stops the waiting.</param>
    /// <returns>What ended: the lease first, then those derived from it.</returns>
    /// <exception cref="LeaseExpiredException">It has already ended, or is not this agent's to end.</exception>
    public virtual async Task<IReadOnlyList<string>> RevokeLeaseAsync(string leaseId, string? reason = null, CancellationToken cancellationToken = default)
    {
        WholeText.CheckName(leaseId, nameof(leaseId));
        var reply = await CallAsync(
            Methods.CrpRevoke,
            session => new CrpRevokeParams(leaseId, reason, SessionId: session),
            CrpJson.Default.CrpRevokeParams,
            it => it.ReadResult(CrpReplies.Default.CrpRevokeReply),
            cancellationToken).ConfigureAwait(false);
        IReadOnlyList<string> ended = reply.AffectedLeases ?? [leaseId];
        foreach (var lease in ended)
        {
            _leases.Remove(lease);
        }

        return ended;
    }
}
