using Sanctum.Door;
using Sanctum.Policies;

namespace Sanctum;

/// <summary>Tools of other servers, which agents call past the vault.</summary>
public sealed partial class Vault
{
    /// <summary>Lets an agent call a tool of a server of the Model Context Protocol. What it calls it with, the vault is not told.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="server">What the operator calls the server: 1 to 64 letters, digits, '.', '_' and '-'.</param>
    /// <param name="tool">The tool: 1 to 128 of the same, and '/'.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="VaultException">No policy grants <c>call</c> on it, access denied, which is recorded; the vault is sealed.</exception>
    public Task RequireToolAsync(Caller caller, string server, string tool, CancellationToken cancellationToken = default) => InsideAsync(caller, async vault =>
    {
        cancellationToken.ThrowIfCancellationRequested();
        await ToolCalls.RequireAsync(vault, caller, ToolName.Parse(server, tool)).ConfigureAwait(false);
        return true;
    });

    /// <summary>Records what became of a call of a tool.</summary>
    /// <param name="caller">Who says so.</param>
    /// <param name="server">The server.</param>
    /// <param name="tool">The tool.</param>
    /// <param name="report">What it says.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="VaultException">No policy grants <c>call</c> on it, access denied, which is recorded; the vault is sealed.</exception>
    public Task ReportToolAsync(Caller caller, string server, string tool, ToolReport report, CancellationToken cancellationToken = default) => InsideAsync(caller, async vault =>
    {
        ArgumentNullException.ThrowIfNull(report);
        cancellationToken.ThrowIfCancellationRequested();
        await ToolCalls.RecordAsync(vault, caller, ToolName.Parse(server, tool), report).ConfigureAwait(false);
        return true;
    });

    /// <summary>Says which of a server's tools an agent may call now.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="server">The server.</param>
    /// <param name="tools">The tools, at most 256.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Those that it may call, in the same order.</returns>
    /// <exception cref="VaultException">There are too many, invalid parameters; the vault is sealed.</exception>
    public Task<IReadOnlyList<string>> ListToolsAsync(Caller caller, string server, IReadOnlyList<string> tools, CancellationToken cancellationToken = default) => InsideAsync(caller, vault =>
    {
        ArgumentNullException.ThrowIfNull(tools);
        cancellationToken.ThrowIfCancellationRequested();
        return ToolCalls.ListAsync(vault, caller, server, tools);
    });
}
