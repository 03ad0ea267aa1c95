using Sanctum.Protocol.Messages;

namespace Sanctum.Daemon.Rpc.Methods;

/// <summary><c>auth.challenge</c>: gives a challenge.</summary>
internal sealed class AuthChallengeMethod() : RpcMethod<AuthChallengeParams>(Protocol.Messages.Methods.AuthChallenge, RequestJson.Default.AuthChallengeParams)
{
    public override bool ChangesSession => true;

    protected override ValueTask RunAsync(AuthChallengeParams parameters, RpcCall call)
    {
        var (_, challenge) = call.Connection.SignIn.Begin(parameters.Agent);
        call.Write(new AuthChallengeResult(challenge), RequestJson.Default.AuthChallengeResult);
        return default;
    }
}
