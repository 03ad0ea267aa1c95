using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Sanctum.Client;
using Sanctum.Extensions;
using Sanctum.Extensions.Registration;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers a <see cref="SanctumClient"/> for a program's services.</summary>
public static class SanctumServiceCollectionExtensions
{
    /// <summary>
    /// Registers the client with the settings of a section, such as <c>configuration.GetSection("Sanctum")</c>. It is one for the whole program, connects when
    /// it is first used, and is disposed with the services. Settings are checked when the host starts.
    /// </summary>
    /// <param name="services">The program's services.</param>
    /// <param name="section">Has the settings of <see cref="SanctumOptions"/>, and no others.</param>
    public static IServiceCollection AddSanctum(this IServiceCollection services, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(section);
        return Add(services, null, options => Settings.Read(options, section));
    }

    /// <summary>Registers the client with settings from code.</summary>
    /// <param name="services">The program's services.</param>
    /// <param name="configure">Sets them.</param>
    public static IServiceCollection AddSanctum(this IServiceCollection services, Action<SanctumOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        return Add(services, null, configure);
    }

    /// <summary>Registers the client with the environment's settings: <see cref="SanctumEnvironment"/> has their names.</summary>
    /// <param name="services">The program's services.</param>
    public static IServiceCollection AddSanctum(this IServiceCollection services) => Add(services, null, _ => { });

    /// <summary>Registers the client of one of several vaults, under its name as a key: <c>[FromKeyedServices("prod")] SanctumClient</c>.</summary>
    /// <param name="services">The program's services.</param>
    /// <param name="vault">The vault's name in this program.</param>
    /// <param name="section">Has the settings of <see cref="SanctumOptions"/>, and no others. The environment plays no part.</param>
    public static IServiceCollection AddSanctum(this IServiceCollection services, string vault, IConfiguration section)
    {
        ArgumentException.ThrowIfNullOrEmpty(vault);
        ArgumentNullException.ThrowIfNull(section);
        return Add(services, vault, options => Settings.Read(options, section));
    }

    /// <inheritdoc cref="AddSanctum(IServiceCollection, string, IConfiguration)" path="/summary"/>
    /// <param name="services">The program's services.</param>
    /// <param name="vault">The vault's name in this program.</param>
    /// <param name="configure">Sets its settings. The environment plays no part.</param>
    public static IServiceCollection AddSanctum(this IServiceCollection services, string vault, Action<SanctumOptions> configure)
    {
        ArgumentException.ThrowIfNullOrEmpty(vault);
        ArgumentNullException.ThrowIfNull(configure);
        return Add(services, vault, configure);
    }

    private static IServiceCollection Add(IServiceCollection services, string? vault, Action<SanctumOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IPostConfigureOptions<SanctumOptions>, SettingsAtStart>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<SanctumOptions>, SettingsAtStart>());
        services.AddOptions<SanctumOptions>(vault).Configure(configure).ValidateOnStart();

        // A program's tests put their own client in this one's place: the last one counts.
        if (vault is null)
        {
            services.TryAddSingleton(provider => Open(provider, null));
        }
        else
        {
            services.TryAddKeyedSingleton(vault, (provider, _) => Open(provider, vault));
        }

        return services;
    }

    private static SanctumClient Open(IServiceProvider services, string? vault) => Settings.Open(
        services.GetRequiredService<IOptionsMonitor<SanctumOptions>>().Get(vault),
        services.GetService<TimeProvider>() ?? TimeProvider.System);
}
