using Sanctum.Door;
using Sanctum.Protocol.Messages;

namespace Sanctum.Daemon.Rpc.Methods;

/// <summary><c>tool_call</c>: may the agent call a tool of another server; or what has become of a call.</summary>
internal sealed class ToolCallMethod() : RpcMethod<ToolCallParams>(Protocol.Messages.Methods.ToolCall, RequestJson.Default.ToolCallParams)
{
    protected override async ValueTask RunAsync(ToolCallParams parameters, RpcCall call)
    {
        var caller = call.Connection.SignIn.Caller(parameters.SessionId);
        if (parameters.Result is null)
        {
            await call.Connection.Vault.RequireToolAsync(caller, parameters.Server, parameters.Tool, call.Connection.Gone).ConfigureAwait(false);
        }
        else
        {
            await call.Connection.Vault.ReportToolAsync(caller, parameters.Server, parameters.Tool, ReportOf(parameters), call.Connection.Gone).ConfigureAwait(false);
        }

        call.Write(new EmptyResult(), RequestJson.Default.EmptyResult);
    }

    private static ToolReport ReportOf(ToolCallParams parameters) => new(
        parameters.Result switch
        {
            "ok" => ToolResult.Ok,
            "failed" => ToolResult.Failed,
            "cancelled" => ToolResult.Cancelled,
            "lost" => ToolResult.Lost,
            "changed" => ToolResult.Changed,
            _ => throw Protocol.InvalidParams.Of("result", "a result is ok, failed, cancelled, lost or changed"),
        },
        parameters.DurationMs is null or (>= 0 and <= 86_400_000) ? TimeSpan.FromMilliseconds(parameters.DurationMs ?? 0) : throw Protocol.InvalidParams.Of("duration_ms", "a call takes 0 to 86400000 milliseconds"),
        parameters.Redacted ?? 0,
        parameters.Escaped ?? 0);
}
