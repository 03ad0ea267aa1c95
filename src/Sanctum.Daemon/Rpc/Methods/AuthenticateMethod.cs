using Sanctum.Protocol.Messages;

namespace Sanctum.Daemon.Rpc.Methods;

/// <summary><c>authenticate</c>: gives a challenge.</summary>
internal sealed class AuthenticateMethod() : RpcMethod<AuthenticateParams>(Protocol.Messages.Methods.Authenticate, RequestJson.Default.AuthenticateParams)
{
    public override bool ChangesSession => true;

    protected override ValueTask RunAsync(AuthenticateParams parameters, RpcCall call)
    {
        var (sessionId, challenge) = call.Connection.SignIn.Begin(parameters.AgentName);
        call.Write(new AuthenticateResult(sessionId, challenge), RequestJson.Default.AuthenticateResult);
        return default;
    }
}
