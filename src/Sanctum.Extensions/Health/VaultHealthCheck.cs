using Microsoft.Extensions.Diagnostics.HealthChecks;
using Sanctum.Client;

namespace Sanctum.Extensions.Health;

/// <summary>Whether the vault responds to this agent: it has to be reached, unsealed, and know the agent and its key.</summary>
internal sealed class VaultHealthCheck(SanctumClient client) : IHealthCheck
{
    /// <inheritdoc/>
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            // The cheapest call that every agent is allowed. It takes nothing out of the vault.
            var leases = await client.ListLeasesAsync(cancellationToken).ConfigureAwait(false);
            return HealthCheckResult.Healthy($"the vault responds to the agent {client.AgentName}", new Dictionary<string, object> { ["leases"] = leases.Count });
        }
        catch (VaultException failure)
        {
            return new HealthCheckResult(
                context.Registration.FailureStatus,
                $"{failure.Message} ({failure.Code}){(failure.Suggestion is { } advice ? $"; {advice}" : "")}",
                failure,
                new Dictionary<string, object> { ["code"] = failure.Code });
        }
    }
}
