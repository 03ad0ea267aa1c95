using Sanctum.Agents;
using Sanctum.Audit;
using Sanctum.Sealing;

namespace Sanctum.Door;

/// <summary>What happens to an agent that tries to retrieve or use a credential that is there to be found.</summary>
internal static class Honeytokens
{
    /// <summary>Refuses the call, on the record, and quarantines the agent.</summary>
    /// <exception cref="VaultException">Always; quarantined, but where that could not be recorded.</exception>
    public static async Task TouchedAsync(UnsealedVault vault, Caller caller, Authorized call)
    {
        try
        {
            await call.RefuseAsync(Errors.Quarantined()).ConfigureAwait(false);
        }
        finally
        {
            // Not given up with the call: an agent that leaves at once is quarantined all the same.
            await vault.Changing.WaitAsync(CancellationToken.None).ConfigureAwait(false);
            try
            {
                await ChangedMeanwhileException.RetryAsync(async () => vault.Agents.TryGetValue(caller.Agent, out var agent)
                    ? await AgentRegistry.FreezeAsync(vault, agent.Info, Actors.Vault, "touched a honeytoken").ConfigureAwait(false)
                    : null).ConfigureAwait(false);
            }
            finally
            {
                vault.Changing.Release();
            }
        }
    }
}
