using Sanctum.Protocol.Messages;

namespace Sanctum.Daemon.Rpc.Methods;

/// <summary><c>auth.verify</c>: signs in; the agent has to be the one that the challenge was for.</summary>
internal sealed class AuthVerifyMethod() : RpcMethod<AuthVerifyParams>(Protocol.Messages.Methods.AuthVerify, RequestJson.Default.AuthVerifyParams)
{
    public override bool ChangesSession => true;

    protected override async ValueTask RunAsync(AuthVerifyParams parameters, RpcCall call)
    {
        var (sessionId, _) = await call.Connection.SignIn
            .CompleteAsync(parameters.Signature, parameters.Agent, sessionId: null, call.Connection.Gone).ConfigureAwait(false);
        call.Write(new AuthVerifyResult(true, sessionId), RequestJson.Default.AuthVerifyResult);
    }
}
