using Sanctum.Protocol.Messages;

namespace Sanctum.Daemon.Rpc.Methods;

/// <summary><c>logout</c>: the connection is nobody's again.</summary>
internal sealed class LogoutMethod() : RpcMethod<SessionParams>(Protocol.Messages.Methods.Logout, RequestJson.Default.SessionParams)
{
    public override bool OnlyEnds => true;

    public override bool ChangesSession => true;

    protected override async ValueTask RunAsync(SessionParams parameters, RpcCall call)
    {
        call.Connection.SignIn.Caller(parameters.SessionId);
        await call.Connection.SignIn.EndAsync().ConfigureAwait(false);
        call.Connection.SignedOut();
        call.Write(new EmptyResult(), RequestJson.Default.EmptyResult);
    }
}
