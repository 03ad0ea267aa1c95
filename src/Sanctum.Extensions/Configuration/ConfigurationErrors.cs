using Sanctum.Client;

namespace Sanctum.Extensions.Configuration;

/// <summary>Every error of loading a configuration is made here. None has a secret in it.</summary>
internal static class ConfigurationErrors
{
    public static InvalidOperationException Late(TimeSpan waited, VaultException? last) => new(
        $"the configuration's secrets can't be loaded: the vault did not respond within {waited.TotalSeconds:0.###} s{(last is null ? "" : $" ({Said(last)})")}; "
        + "start and unseal it first, or raise StartTimeout, or set Optional",
        last);

    public static InvalidOperationException Refused(VaultException failure) => new($"the configuration's secrets can't be loaded: {Said(failure)}", failure);

    public static InvalidOperationException Refused(IReadOnlyList<(string Key, string Path, VaultException Failure)> refused) => new(
        $"the configuration's secrets can't be loaded: {string.Join("; ", refused.Select(one => $"{one.Key} is {one.Path}, and {Said(one.Failure)}"))}",
        refused[0].Failure);

    private static string Said(VaultException failure) => $"{failure.Message} ({failure.Code}){(failure.Suggestion is { } advice ? $": {advice}" : "")}";
}
