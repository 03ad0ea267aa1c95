using Microsoft.Extensions.DependencyInjection;
using Sanctum.Client;

namespace Sanctum.Extensions.Registration;

/// <summary>Finds the client of a vault among a program's services.</summary>
internal static class RegisteredClients
{
    /// <summary>The client.</summary>
    /// <param name="services">The program's services.</param>
    /// <param name="vault">The vault's name; null for the one without.</param>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public static SanctumClient Find(IServiceProvider services, string? vault) =>
        (vault is null ? services.GetService<SanctumClient>() : services.GetKeyedService<SanctumClient>(vault))
        ?? throw new InvalidOperationException(vault is null
            ? "no vault is registered: call services.AddSanctum(configuration.GetSection(\"Sanctum\"))"
            : $"no vault '{vault}' is registered: call services.AddSanctum(\"{vault}\", configuration.GetSection(…))");
}
