using Sanctum.Protocol.Messages;

namespace Sanctum.Daemon.Rpc.Methods;

/// <summary><c>lease_status</c>: the agent's own leases.</summary>
internal sealed class LeaseStatusMethod() : RpcMethod<SessionParams>(Protocol.Messages.Methods.LeaseStatus, RequestJson.Default.SessionParams)
{
    // Names of members, times, an id and numbers.
    private const int AroundPath = 224;

    protected override async ValueTask RunAsync(SessionParams parameters, RpcCall call)
    {
        var leases = await call.Connection.Vault
            .ListLeasesAsync(call.Connection.SignIn.Caller(parameters.SessionId), call.Connection.Gone).ConfigureAwait(false);
        await call.Connection.TakeReplyMemoryAsync(call, leases.Sum(lease => (long)AroundPath + lease.Path.Value.Length)).ConfigureAwait(false);
        var entries = new List<LeaseEntry>(leases.Count);
        foreach (var lease in leases)
        {
            entries.Add(new LeaseEntry(lease.Id, lease.Path.Value, Seconds.Of(lease.Ttl), lease.CreatedAt, lease.ExpiresAt, lease.Renewals));
        }

        call.Write(new LeaseStatusResult(entries), RequestJson.Default.LeaseStatusResult);
    }
}
