using Sanctum.Credentials;
using Sanctum.Protocol.Messages;

namespace Sanctum.Daemon.Rpc.Methods;

/// <summary><c>use</c>: the operation's result object itself.</summary>
internal sealed class UseMethod() : RpcMethod<UseParams>(Protocol.Messages.Methods.Use, RequestJson.Default.UseParams)
{
    protected override async ValueTask RunAsync(UseParams parameters, RpcCall call)
    {
        var result = await call.Connection.Vault.UseAsync(
            call.Connection.SignIn.Caller(parameters.SessionId),
            CredentialPath.Parse(parameters.Path),
            parameters.Operation,
            parameters.Params,
            call.Connection.Gone).ConfigureAwait(false);
        using var body = result as IDisposable;
        call.Write(result.WriteTo);
    }
}
