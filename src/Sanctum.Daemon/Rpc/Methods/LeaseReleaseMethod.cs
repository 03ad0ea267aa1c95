using Sanctum.Protocol.Messages;

namespace Sanctum.Daemon.Rpc.Methods;

/// <summary><c>lease.release</c>: the agent is done with a secret.</summary>
internal sealed class LeaseReleaseMethod() : RpcMethod<LeaseReleaseParams>(Protocol.Messages.Methods.LeaseRelease, RequestJson.Default.LeaseReleaseParams)
{
    public override bool OnlyEnds => true;

    protected override async ValueTask RunAsync(LeaseReleaseParams parameters, RpcCall call)
    {
        await call.Connection.Vault
            .ReleaseLeaseAsync(call.Connection.SignIn.Caller(null), parameters.LeaseId, call.Connection.Gone).ConfigureAwait(false);
        call.Write(new EmptyResult(), RequestJson.Default.EmptyResult);
    }
}
