using System.Text.Json;
using Sanctum.Client;

namespace Sanctum.Mcp.Tools;

/// <summary>An operation of the vault as a tool: its parameters are the operation's, and its result too.</summary>
/// <param name="operation">The operation's name.</param>
/// <param name="description">What it is.</param>
/// <param name="text">Says a result in words.</param>
internal sealed class OperationTool(string operation, ToolDescription description, Func<JsonElement, string> text) : VaultTool(description with { IsWaitedFor = true })
{
    /// <summary>The operation.</summary>
    public string Operation => operation;

    public override async Task<ToolReply> CallAsync(ToolArguments arguments, SanctumClient vault, CancellationToken cancellationToken)
    {
        var result = await vault.UseAsync(arguments.Text("credential"), operation, arguments.Without("credential"), cancellationToken).ConfigureAwait(false);
        return new ToolReply(result, text(result));
    }
}
