using Sanctum.Protocol.Messages;

namespace Sanctum.Daemon.Rpc.Methods;

/// <summary><c>release_lease</c>: the agent is done with a secret.</summary>
internal sealed class ReleaseLeaseMethod() : RpcMethod<ReleaseLeaseParams>(Protocol.Messages.Methods.ReleaseLease, RequestJson.Default.ReleaseLeaseParams)
{
    public override bool OnlyEnds => true;

    protected override async ValueTask RunAsync(ReleaseLeaseParams parameters, RpcCall call)
    {
        await call.Connection.Vault
            .ReleaseLeaseAsync(call.Connection.SignIn.Caller(parameters.SessionId), parameters.LeaseId, call.Connection.Gone).ConfigureAwait(false);
        call.Write(new EmptyResult(), RequestJson.Default.EmptyResult);
    }
}
