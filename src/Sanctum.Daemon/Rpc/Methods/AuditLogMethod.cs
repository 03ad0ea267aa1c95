using Sanctum.Audit;
using Sanctum.Protocol.Messages;

namespace Sanctum.Daemon.Rpc.Methods;

/// <summary><c>audit_log</c>: the agent's own entries. Which policies decided is not its business.</summary>
internal sealed class AuditLogMethod() : RpcMethod<AuditLogParams>(Protocol.Messages.Methods.AuditLog, RequestJson.Default.AuditLogParams)
{
    protected override async ValueTask RunAsync(AuditLogParams parameters, RpcCall call)
    {
        var caller = call.Connection.SignIn.Caller(parameters.SessionId);
        var page = await call.Connection.Vault.ReadOwnAuditAsync(caller, parameters.Limit, parameters.Before, call.Connection.Gone).ConfigureAwait(false);
        call.Write(new AuditLogResult([.. page.Entries.Select(ToEntry)], page.NextBefore, page.IsIncomplete ? true : null), RequestJson.Default.AuditLogResult);
    }

    private static OwnEntry ToEntry(AuditEntry entry) => new(
        entry.Time,
        entry.Action,
        entry.Outcome switch { AuditOutcome.Allowed => "allowed", AuditOutcome.Denied => "denied", _ => "failed" },
        entry.Resource,
        entry.Operation,
        entry.Reason is { } reason ? RpcErrors.CodeOf(reason) : null,
        entry.LeaseId);
}
