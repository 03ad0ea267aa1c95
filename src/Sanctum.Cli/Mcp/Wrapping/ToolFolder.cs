using Sanctum.Cli.CommandLine;

namespace Sanctum.Cli.Mcp.Wrapping;

/// <summary>Where the tools that were accepted are kept: for each agent, in the vault's folder.</summary>
internal static class ToolFolder
{
    public static string Of(Run run, string agent) => Path.Join(run.Vault.Path, "tools", agent);

    /// <summary>The command that shows a server's tools and accepts them.</summary>
    public static string AcceptCommand(Run run, string agent, string server) => run.Terminal.ForThisVault($"sanctum mcp tools {server} --agent {agent} --accept");
}
