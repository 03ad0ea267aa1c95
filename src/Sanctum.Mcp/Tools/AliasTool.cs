using Sanctum.Client;

namespace Sanctum.Mcp.Tools;

/// <summary>A tool under the name and with the arguments that another set of tools has.</summary>
/// <param name="description">What it is.</param>
/// <param name="call">Does it.</param>
internal sealed class AliasTool(ToolDescription description, Func<ToolArguments, SanctumClient, CancellationToken, Task<ToolReply>> call) : VaultTool(description)
{
    public override Task<ToolReply> CallAsync(ToolArguments arguments, SanctumClient vault, CancellationToken cancellationToken) => call(arguments, vault, cancellationToken);
}

/// <summary>What an alias stands for does not exist here, or is not turned on.</summary>
/// <param name="code">One of the vault's.</param>
/// <param name="message">What does not exist, and the way that does.</param>
internal sealed class NotOfferedException(string code, string message) : Exception(message)
{
    public string Code => code;
}
