using Sanctum.Policies.Proposals;
using Sanctum.Protocol.Messages;

namespace Sanctum.Daemon.Rpc.Methods;

/// <summary><c>access_status</c>: where a request for access stands.</summary>
internal sealed class AccessStatusMethod() : RpcMethod<AccessStatusParams>(Protocol.Messages.Methods.AccessStatus, RequestJson.Default.AccessStatusParams)
{
    protected override async ValueTask RunAsync(AccessStatusParams parameters, RpcCall call)
    {
        var caller = call.Connection.SignIn.Caller(parameters.SessionId);
        var proposal = await call.Connection.Vault.AccessStatusAsync(caller, parameters.Handle, call.Connection.Gone).ConfigureAwait(false);
        call.Write(ResultOf(proposal), RequestJson.Default.AccessStatusResult);
    }

    /// <summary>What an agent is told of its request.</summary>
    public static AccessStatusResult ResultOf(AccessProposal proposal) => new(
        proposal.Id,
        proposal.State.ToString().ToLowerInvariant(),
        proposal.Grant?.ExpiresAt ?? proposal.ExpiresAt,
        proposal.Grant is { } grant ? new GrantedAccess(grant.Path, grant.Operation, grant.Hosts, grant.Methods, grant.MaxPerHour) : null,
        proposal.Denial);
}
