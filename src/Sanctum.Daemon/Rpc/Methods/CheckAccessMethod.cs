using Sanctum.Credentials;
using Sanctum.Policies;
using Sanctum.Protocol.Messages;

namespace Sanctum.Daemon.Rpc.Methods;

/// <summary><c>check_access</c>: what would become of a call.</summary>
internal sealed class CheckAccessMethod() : RpcMethod<CheckAccessParams>(Protocol.Messages.Methods.CheckAccess, RequestJson.Default.CheckAccessParams)
{
    protected override async ValueTask RunAsync(CheckAccessParams parameters, RpcCall call)
    {
        var caller = call.Connection.SignIn.Caller(parameters.SessionId);
        var check = await call.Connection.Vault.CheckAccessAsync(
            caller,
            CredentialPath.Parse(parameters.Path),
            ActionOf(parameters.Action),
            parameters.Operation,
            parameters.Method,
            parameters.Url,
            call.Connection.Gone).ConfigureAwait(false);
        call.Write(
            new CheckAccessResult(check.Allowed, check.Code is { } code ? RpcErrors.CodeOf(code) : null, check.Reason, check.Suggestion),
            RequestJson.Default.CheckAccessResult);
    }

    private static PolicyActions ActionOf(string? name) => name switch
    {
        null or "use" => PolicyActions.Use,
        "retrieve" => PolicyActions.Retrieve,
        _ => throw Protocol.InvalidParams.Of("action", "an action is use or retrieve"),
    };
}
