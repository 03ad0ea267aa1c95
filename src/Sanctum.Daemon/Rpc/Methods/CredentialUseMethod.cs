using Sanctum.Credentials;
using Sanctum.Protocol.Messages;

namespace Sanctum.Daemon.Rpc.Methods;

/// <summary><c>credential.use</c>: the operation's result under <c>output</c>.</summary>
internal sealed class CredentialUseMethod() : RpcMethod<CredentialUseParams>(Protocol.Messages.Methods.CredentialUse, RequestJson.Default.CredentialUseParams)
{
    protected override async ValueTask RunAsync(CredentialUseParams parameters, RpcCall call)
    {
        var result = await call.Connection.Vault.UseAsync(
            call.Connection.SignIn.Caller(null),
            CredentialPath.Parse(parameters.Path),
            parameters.Operation,
            parameters.Params,
            call.Connection.Gone).ConfigureAwait(false);
        using var body = result as IDisposable;
        call.Write(json =>
        {
            json.WriteStartObject();
            json.WriteBoolean("success"u8, true);
            json.WritePropertyName("output"u8);
            result.WriteTo(json);
            json.WriteEndObject();
        });
    }
}
