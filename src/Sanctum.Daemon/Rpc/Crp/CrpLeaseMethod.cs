using Sanctum.Protocol;
using Sanctum.Protocol.Messages;

namespace Sanctum.Daemon.Rpc.Crp;

/// <summary><c>crp/lease</c>: the agent keeps a lease for longer, or is done with it.</summary>
internal sealed class CrpLeaseMethod() : RpcMethod<CrpLeaseParams>(Protocol.Messages.Methods.CrpLease, CrpJson.Default.CrpLeaseParams)
{
    protected override async ValueTask RunAsync(CrpLeaseParams parameters, RpcCall call)
    {
        CrpProvider.RequireVersion(parameters.Version);
        var connection = call.Connection;
        var caller = connection.SignIn.Caller(parameters.SessionId);
        switch (parameters.Action)
        {
            case "renew":
                var renewed = await connection.Vault
                    .RenewLeaseAsync(caller, parameters.LeaseId, Seconds.ToTtl(parameters.Ttl), connection.Gone).ConfigureAwait(false);
                call.Write(new CrpRenewResult(CrpProvider.LeaseOf(renewed, connection.Vault.MaxLeaseRenewals)), CrpJson.Default.CrpRenewResult);
                break;
            case "release":
                await connection.Vault.ReleaseLeaseAsync(caller, parameters.LeaseId, connection.Gone).ConfigureAwait(false);
                call.Write(new CrpReleaseResult(true, parameters.LeaseId), CrpJson.Default.CrpReleaseResult);
                break;
            default:
                throw InvalidParams.Of("action", "'action' must be 'renew' or 'release'");
        }
    }
}
