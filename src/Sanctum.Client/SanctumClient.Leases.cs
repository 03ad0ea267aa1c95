using Sanctum.Client.Connections;
using Sanctum.Protocol.Messages;

namespace Sanctum.Client;

public partial class SanctumClient
{
    /// <summary>Tells the vault that the agent is done with a secret.</summary>
    /// <param name="leaseId">The lease, from <see cref="CredentialLease.LeaseId"/> or <see cref="ListLeasesAsync"/>.</param>
    /// <param name="cancellationToken">Stops the waiting.</param>
    /// <exception cref="LeaseExpiredException">It had already ended.</exception>
    public virtual async Task ReleaseLeaseAsync(string leaseId, CancellationToken cancellationToken = default)
    {
        WholeText.CheckName(leaseId, nameof(leaseId));
        try
        {
            await CallAsync(
                Methods.ReleaseLease,
                _ => new ReleaseLeaseParams(leaseId),
                RequestJson.Default.ReleaseLeaseParams,
                _ => true,
                cancellationToken).ConfigureAwait(false);
            _leases.Remove(leaseId);
        }
        catch (LeaseExpiredException)
        {
            _leases.Remove(leaseId);
            throw;
        }
    }

    /// <summary>Holds a secret longer.</summary>
    /// <param name="leaseId">The lease.</param>
    /// <param name="ttl">For how long from now, in whole seconds; null for as long as before. The policy's limit holds.</param>
    /// <param name="cancellationToken">Stops the waiting.</param>
    /// <exception cref="LeaseExpiredException">It has already ended.</exception>
    /// <exception cref="AccessDeniedException">No policy grants it any more.</exception>
    /// <exception cref="VaultException">Code <c>LEASE_EXHAUSTED</c>: it has reached its limit of renewals; retrieve the credential again.</exception>
    public virtual async Task<LeaseTerm> RenewLeaseAsync(string leaseId, TimeSpan? ttl = null, CancellationToken cancellationToken = default)
    {
        WholeText.CheckName(leaseId, nameof(leaseId));
        var seconds = Seconds(ttl);
        var renewed = await CallAsync(
            Methods.RenewLease,
            _ => new RenewLeaseParams(leaseId, Ttl: seconds),
            RequestJson.Default.RenewLeaseParams,
            reply => reply.ReadResult(Replies.Default.RenewLeaseReply),
            cancellationToken).ConfigureAwait(false);
        return Term(leaseId, renewed.Ttl, renewed.ExpiresAt);
    }

    /// <summary>The agent's own leases that have not ended, whichever client got them.</summary>
    /// <exception cref="VaultException">The vault refused, or could not be asked.</exception>
    public virtual async Task<IReadOnlyList<LeaseInfo>> ListLeasesAsync(CancellationToken cancellationToken = default)
    {
        var status = await CallAsync(
            Methods.LeaseStatus,
            _ => new SessionParams(),
            RequestJson.Default.SessionParams,
            reply => reply.ReadResult(Replies.Default.LeaseStatusReply),
            cancellationToken).ConfigureAwait(false);
        return [.. (status.Leases ?? []).Select(lease => new LeaseInfo(
            lease.LeaseId,
            lease.Path,
            lease.Ttl is { } seconds ? Span(seconds) : null,
            lease.CreatedAt?.Value,
            lease.ExpiresAt?.Value,
            lease.Renewals))];
    }

    /// <summary>Releases a lease without complaint: what can't be released now ends by its time to live, and disposing must not throw.</summary>
    internal async ValueTask GiveBackAsync(string leaseId)
    {
        if (_sessions?.Current is { } session)
        {
            using var timeout = new CancellationTokenSource(_options.CloseTimeout, _options.TimeProvider);
            await GiveBackAsync(session, leaseId, timeout.Token).ConfigureAwait(false);
        }

        _leases.Remove(leaseId);
    }

    private static async Task GiveBackAsync(Session session, string leaseId, CancellationToken cancellationToken)
    {
        try
        {
            await session.Connection.CallAsync(
                Methods.ReleaseLease,
                traceParent: null,
                new ReleaseLeaseParams(leaseId),
                RequestJson.Default.ReleaseLeaseParams,
                _ => true,
                Timeout.InfiniteTimeSpan,
                cancellationToken).ConfigureAwait(false);
        }
        catch (Exception ended) when (ended is VaultException or NotSentException or OperationCanceledException)
        {
            // The lease had ended, or the vault can't be told in time; it ends by its time to live then.
        }
    }

    private static long? Seconds(TimeSpan? ttl)
    {
        if (ttl is not { } time)
        {
            return null;
        }

        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(time, TimeSpan.Zero, nameof(ttl));
        return (long)Math.Ceiling(time.TotalSeconds);
    }

    // A daemon's number is not trusted to fit: TimeSpan throws where it does not.
    private static TimeSpan Span(long seconds) => TimeSpan.FromSeconds(Math.Clamp(seconds, 0, int.MaxValue));

    private Task ReleaseAllAsync(Session session, CancellationToken cancellationToken) =>
        Task.WhenAll(_leases.TakeAll().Select(id => GiveBackAsync(session, id, cancellationToken)));

    private LeaseTerm Term(string leaseId, long? ttl, Moment? expiresAt)
    {
        var span = Span(ttl ?? 0);
        return new LeaseTerm(leaseId, span, expiresAt?.Value ?? _options.TimeProvider.GetUtcNow() + span);
    }
}
