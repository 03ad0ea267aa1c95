using Sanctum.Protocol;
using Sanctum.Protocol.Messages;

namespace Sanctum.Daemon.Rpc.Methods;

/// <summary><c>proxy_close</c>: ends a run of this connection, and says where its program was refused.</summary>
internal sealed class ProxyCloseMethod() : RpcMethod<ProxyCloseParams>(Protocol.Messages.Methods.ProxyClose, RequestJson.Default.ProxyCloseParams)
{
    public override bool OnlyEnds => true;

    // A host's name has at most 253 characters.
    private const long PerHost = 320;

    protected override async ValueTask RunAsync(ProxyCloseParams parameters, RpcCall call)
    {
        var connection = call.Connection;
        _ = connection.SignIn.Caller(parameters.SessionId);
        var refusals = connection.Host.Runs.Close(connection, parameters.Token) ?? throw RpcErrors.UnknownRun();
        var (hosts, more) = refusals.Read();
        await connection.TakeReplyMemoryAsync(call, PerHost * hosts.Count).ConfigureAwait(false);
        call.Write(new ProxyCloseResult([.. hosts.Select(host => new RefusedHost(host.Host, host.Port))], more), RequestJson.Default.ProxyCloseResult);
    }
}
