using Microsoft.Extensions.Diagnostics.HealthChecks;
using Sanctum.Extensions.Health;
using Sanctum.Extensions.Registration;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the vault to a program's health checks.</summary>
public static class SanctumHealthChecksBuilderExtensions
{
    /// <summary>Checks that the vault can be reached, is unsealed, and knows the agent. Each check is one call, which takes nothing out of the vault.</summary>
    /// <param name="builder">The health checks, of <c>AddHealthChecks</c>.</param>
    /// <param name="name">The check's name; null for <c>sanctum</c>, or <c>sanctum-VAULT</c> for a vault with a name.</param>
    /// <param name="vault">The name of the vault, where it was registered with one; null for the one without.</param>
    /// <param name="failureStatus">What a failed check reports; null for unhealthy.</param>
    /// <param name="tags">The check's tags; null for none.</param>
    /// <param name="timeout">The most that a check may take; null for 10 seconds.</param>
    public static IHealthChecksBuilder AddSanctum(
        this IHealthChecksBuilder builder,
        string? name = null,
        string? vault = null,
        HealthStatus? failureStatus = null,
        IEnumerable<string>? tags = null,
        TimeSpan? timeout = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Add(new HealthCheckRegistration(
            name ?? (vault is null ? "sanctum" : $"sanctum-{vault}"),
            services => new VaultHealthCheck(RegisteredClients.Find(services, vault)),
            failureStatus,
            tags,
            timeout ?? TimeSpan.FromSeconds(10)));
    }
}
