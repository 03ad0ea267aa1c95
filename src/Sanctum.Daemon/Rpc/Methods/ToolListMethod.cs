using Sanctum.Protocol.Messages;

namespace Sanctum.Daemon.Rpc.Methods;

/// <summary><c>tool_list</c>: which of a server's tools the agent may call.</summary>
internal sealed class ToolListMethod() : RpcMethod<ToolListParams>(Protocol.Messages.Methods.ToolList, RequestJson.Default.ToolListParams)
{
    protected override async ValueTask RunAsync(ToolListParams parameters, RpcCall call)
    {
        var caller = call.Connection.SignIn.Caller(parameters.SessionId);
        var granted = await call.Connection.Vault.ListToolsAsync(caller, parameters.Server, parameters.Tools, call.Connection.Gone).ConfigureAwait(false);
        call.Write(new ToolListResult(granted), RequestJson.Default.ToolListResult);
    }
}
