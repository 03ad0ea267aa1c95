using Microsoft.Extensions.Configuration;
using Sanctum.Extensions.Registration;

namespace Sanctum.Extensions.Configuration;

/// <summary>Makes a provider, with a client of its own: there are no services yet when a configuration is loaded.</summary>
internal sealed class SanctumConfigurationSource(Action<SanctumConfigurationOptions> configure) : IConfigurationSource
{
    /// <inheritdoc/>
    public IConfigurationProvider Build(IConfigurationBuilder builder)
    {
        var options = new SanctumConfigurationOptions();
        configure(options);
        options.Complete();
        return new SanctumConfigurationProvider(options, Settings.Open(options, TimeProvider.System));
    }
}
