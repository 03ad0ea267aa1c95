using Sanctum.Extensions;
using Sanctum.Extensions.Configuration;

namespace Microsoft.Extensions.Configuration;

/// <summary>Adds secrets of the vault to a program's configuration.</summary>
public static class SanctumConfigurationExtensions
{
    /// <summary>
    /// Gives keys of the configuration their values from the vault. Leases are held and renewed in the background, rotated secrets are loaded again, and all
    /// leases are released when the host is disposed. The settings are the environment's, and those that are set here.
    /// <code>builder.Configuration.AddSanctum(vault => vault.Map("ConnectionStrings:Main", "db/main"));</code>
    /// </summary>
    /// <param name="builder">The configuration.</param>
    /// <param name="configure">Maps keys to credentials.</param>
    /// <remarks>
    /// The program then holds these secrets, and everything that prints its configuration shows them: <see cref="ConfigurationRootExtensions.GetDebugView(IConfigurationRoot)"/>
    /// does, and <see cref="GetDebugViewWithoutSecrets"/> does not. For requests over HTTP, <c>UseSanctumCredential</c> keeps them out of the program.
    /// </remarks>
    /// <exception cref="InvalidOperationException">The settings are incomplete, the vault did not respond in time, or refused a key.</exception>
    public static IConfigurationBuilder AddSanctum(this IConfigurationBuilder builder, Action<SanctumConfigurationOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configure);
        return builder.Add(new SanctumConfigurationSource(configure));
    }

    /// <summary>The same with the settings of a section, such as <c>builder.Configuration.GetSection("Sanctum")</c>.</summary>
    /// <param name="builder">The configuration.</param>
    /// <param name="section">Has the settings of <see cref="SanctumOptions"/>.</param>
    /// <param name="configure">Maps keys to credentials.</param>
    /// <inheritdoc cref="AddSanctum(IConfigurationBuilder, Action{SanctumConfigurationOptions})" path="/exception"/>
    public static IConfigurationBuilder AddSanctum(this IConfigurationBuilder builder, IConfiguration section, Action<SanctumConfigurationOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(section);
        ArgumentNullException.ThrowIfNull(configure);
        return builder.AddSanctum(options =>
        {
            options.Read(section);
            configure(options);
        });
    }

    /// <summary>What <see cref="ConfigurationRootExtensions.GetDebugView(IConfigurationRoot)"/> shows, with <c>[redacted]</c> for values that came from the vault.</summary>
    /// <param name="root">The configuration.</param>
    /// <remarks>A value that a program copied into another key is shown.</remarks>
    public static string GetDebugViewWithoutSecrets(this IConfigurationRoot root) =>
        root.GetDebugView(context => context.ConfigurationProvider is SanctumConfigurationProvider ? "[redacted]" : context.Value ?? "");
}
