using Sanctum.Credentials;
using Sanctum.Operations;
using Sanctum.Protocol;

namespace Sanctum.Daemon.Rpc.Methods;

/// <summary><c>credential.use</c>: the operation's result under <c>output</c>.</summary>
internal sealed class CredentialUseMethod() : RpcMethod(Protocol.Messages.Methods.CredentialUse)
{
    public override ValueTask RunAsync(in RpcRequest request, RpcCall call)
    {
        var use = request.ReadUse(takesSession: false);

        // The vault takes what it needs of the parameters before it gives back the task; the request's bytes are gone afterwards.
        return WriteAsync(call, call.Connection.Vault.UseUtf8Async(
            call.Connection.SignIn.Caller(null), CredentialPath.Parse(use.Path), use.Operation, use.Params, call.Connection.Gone));
    }

    private static async ValueTask WriteAsync(RpcCall call, Task<OperationResult> running)
    {
        using var result = await running.ConfigureAwait(false);
        await UseReply.TakeMemoryAsync(call, result).ConfigureAwait(false);
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
