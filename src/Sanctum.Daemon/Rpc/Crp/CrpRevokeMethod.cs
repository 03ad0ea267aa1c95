using Sanctum.Protocol.Messages;

namespace Sanctum.Daemon.Rpc.Crp;

/// <summary><c>crp/revoke</c>: ends a lease at once, with all that were derived from it.</summary>
internal sealed class CrpRevokeMethod() : RpcMethod<CrpRevokeParams>(Protocol.Messages.Methods.CrpRevoke, CrpJson.Default.CrpRevokeParams)
{
    public override bool OnlyEnds => true;

    protected override async ValueTask RunAsync(CrpRevokeParams parameters, RpcCall call)
    {
        CrpProvider.RequireVersion(parameters.Version);
        var connection = call.Connection;
        var reason = (parameters.Reason, parameters.Detail) switch
        {
            (null, var detail) => detail,
            (var why, null) => why,
            var (why, detail) => $"{why}: {detail}",
        };
        var ended = await connection.Vault
            .RevokeLeaseAsync(connection.SignIn.Caller(parameters.SessionId), parameters.LeaseId, reason, connection.Gone).ConfigureAwait(false);
        call.Write(
            new CrpRevokeResult(true, parameters.LeaseId, connection.Host.Time.GetUtcNow(), [.. ended.Select(lease => lease.Id)]), CrpJson.Default.CrpRevokeResult);
    }
}
