using Sanctum.Client;

namespace Sanctum.Mcp.Tools;

/// <summary><c>sanctum_status</c>: who asks, and whether the vault can be used.</summary>
internal sealed class StatusTool() : VaultTool(new("sanctum_status", "Vault status", "Says which agent you are and whether the vault can be used now.")
{
    Results =
    [
        new("agent", "") { IsRequired = true },
        new("state", "") { IsRequired = true, Values = [Unsealed, Sealed, Unavailable] },
        new("reason", "Where it is unavailable."),
    ],
    IsReadOnly = true,
})
{
    private const string Unsealed = "unsealed";
    private const string Sealed = "sealed";
    private const string Unavailable = "unavailable";

    public override async Task<ToolReply> CallAsync(ToolArguments arguments, SanctumClient vault, CancellationToken cancellationToken)
    {
        var (state, reason) = await AskAsync(vault, cancellationToken).ConfigureAwait(false);
        var text = $"You are agent '{vault.AgentName}'. The vault is {state}{(reason is null ? "" : $": {reason}")}.";
        return new ToolReply(ToolJson.Element(new VaultState(vault.AgentName, state, reason), ToolJson.Default.VaultState), text);
    }

    private static async Task<(string State, string? Reason)> AskAsync(SanctumClient vault, CancellationToken cancellationToken)
    {
        try
        {
            await vault.ListLeasesAsync(cancellationToken).ConfigureAwait(false);
            return (Unsealed, null);
        }
        catch (VaultLockedException)
        {
            return (Sealed, null);
        }
        catch (VaultException failed)
        {
            return (Unavailable, $"{failed.Code}, {failed.Message}");
        }
    }
}
