using Sanctum.Protocol.Messages;

namespace Sanctum.Daemon.Rpc.Methods;

/// <summary><c>renew_lease</c>: the agent keeps a secret for longer.</summary>
internal sealed class RenewLeaseMethod() : RpcMethod<RenewLeaseParams>(Protocol.Messages.Methods.RenewLease, RequestJson.Default.RenewLeaseParams)
{
    protected override async ValueTask RunAsync(RenewLeaseParams parameters, RpcCall call)
    {
        var lease = await call.Connection.Vault.RenewLeaseAsync(
            call.Connection.SignIn.Caller(parameters.SessionId),
            parameters.LeaseId,
            Seconds.ToTtl(parameters.Ttl),
            call.Connection.Gone).ConfigureAwait(false);
        call.Write(new RenewLeaseResult(lease.Id, Seconds.Of(lease.Ttl), lease.ExpiresAt), RequestJson.Default.RenewLeaseResult);
    }
}
