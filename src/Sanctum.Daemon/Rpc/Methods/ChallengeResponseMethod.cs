using Sanctum.Protocol.Messages;

namespace Sanctum.Daemon.Rpc.Methods;

/// <summary><c>challenge_response</c>: signs in.</summary>
internal sealed class ChallengeResponseMethod() : RpcMethod<ChallengeResponseParams>(Protocol.Messages.Methods.ChallengeResponse, RequestJson.Default.ChallengeResponseParams)
{
    public override bool ChangesSession => true;

    protected override async ValueTask RunAsync(ChallengeResponseParams parameters, RpcCall call)
    {
        var (sessionId, expiresAt) = await call.Connection.SignIn
            .CompleteAsync(parameters.Signature, agent: null, parameters.SessionId, call.Connection.Gone).ConfigureAwait(false);
        call.Write(new ChallengeResponseResult(true, sessionId, expiresAt, Features.All), RequestJson.Default.ChallengeResponseResult);
    }
}
