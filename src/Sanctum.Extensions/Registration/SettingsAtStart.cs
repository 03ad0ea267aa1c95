using Microsoft.Extensions.Options;

namespace Sanctum.Extensions.Registration;

/// <summary>Completes and checks settings when the host starts. A vault with a name takes nothing from the environment, which can't say which vault it means.</summary>
internal sealed class SettingsAtStart : IPostConfigureOptions<SanctumOptions>, IValidateOptions<SanctumOptions>
{
    /// <inheritdoc/>
    public void PostConfigure(string? name, SanctumOptions options)
    {
        if (IsDefault(name))
        {
            Settings.Fill(options);
        }
    }

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, SanctumOptions options)
    {
        var vault = IsDefault(name) ? "" : $"vault '{name}': ";
        var flaws = Settings.Flaws(options, hasEnvironment: IsDefault(name)).Select(flaw => vault + flaw).ToList();
        return flaws.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(flaws);
    }

    private static bool IsDefault(string? name) => string.IsNullOrEmpty(name);
}
