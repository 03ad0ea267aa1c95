using Sanctum.Client.Connections;
using Sanctum.Protocol.Messages;

namespace Sanctum.Client;

public partial class SanctumClient
{
    /// <summary>Asks whether the agent may call a tool of another server of the Model Context Protocol. That it may is on the record then.</summary>
    /// <param name="server">What the operator calls the server: 1 to 64 letters, digits, '.', '_' and '-'.</param>
    /// <param name="tool">The tool: 1 to 128 of the same, and '/'.</param>
    /// <param name="cancellationToken">Stops the waiting.</param>
    /// <exception cref="AccessDeniedException">No policy grants <c>call</c> on <c>tool:SERVER/TOOL</c>.</exception>
    /// <exception cref="VaultException">The vault refused, or could not be asked.</exception>
    public virtual Task RequireToolAsync(string server, string tool, CancellationToken cancellationToken = default)
    {
        WholeText.CheckName(server, nameof(server));
        WholeText.CheckName(tool, nameof(tool));
        return CallAsync(Methods.ToolCall, session => new ToolCallParams(server, tool, session), RequestJson.Default.ToolCallParams, _ => true, cancellationToken);
    }

    /// <summary>Records what has become of a call of a tool.</summary>
    /// <param name="server">The server.</param>
    /// <param name="tool">The tool.</param>
    /// <param name="report">What has become of it.</param>
    /// <param name="cancellationToken">Stops the waiting.</param>
    /// <exception cref="VaultException">The vault refused, or could not be asked.</exception>
    public virtual Task ReportToolAsync(string server, string tool, ToolReport report, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(report);
        WholeText.CheckName(server, nameof(server));
        WholeText.CheckName(tool, nameof(tool));
        return CallAsync(
            Methods.ToolCall,
            session => new ToolCallParams(server, tool, session, report.Result, (long)report.Took.TotalMilliseconds, Some(report.Redacted), Some(report.Escaped)),
            RequestJson.Default.ToolCallParams,
            _ => true,
            cancellationToken);
    }

    /// <summary>Says which of a server's tools the agent may call now.</summary>
    /// <param name="server">The server.</param>
    /// <param name="tools">The tools, at most 256.</param>
    /// <param name="cancellationToken">Stops the waiting.</param>
    /// <returns>Those that it may call, in the same order.</returns>
    /// <exception cref="VaultException">The vault refused, or could not be asked.</exception>
    public virtual async Task<IReadOnlyList<string>> ListToolsAsync(string server, IReadOnlyList<string> tools, CancellationToken cancellationToken = default)
    {
        WholeText.CheckName(server, nameof(server));
        ArgumentNullException.ThrowIfNull(tools);
        var reply = await CallAsync(
            Methods.ToolList, session => new ToolListParams(server, tools, session), RequestJson.Default.ToolListParams, it => it.ReadResult(Replies.Default.ToolListReply), cancellationToken).ConfigureAwait(false);
        return reply.Tools;
    }

    private static int? Some(int number) => number > 0 ? number : null;
}
