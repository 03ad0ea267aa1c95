using Sanctum.Sealing;
using Sanctum.SealProviders.Local;
using Sanctum.SealProviders.Remote;

namespace Sanctum.SealProviders;

/// <summary>All kinds of seal providers.</summary>
public static class SealProviderCatalog
{
    /// <summary>The types, in the order in which help shows them.</summary>
    public static IReadOnlyList<string> Types { get; } =
        [SystemdCredential.TypeName, KernelKeyring.TypeName, SecretService.TypeName, TransitProvider.TypeName, AwsKms.TypeName];

    /// <summary>One of each kind, for a vault.</summary>
    /// <param name="vaultDirectory">The vault's folder. Files that say where a service is must not lie in it: whoever can write a sealed vault's files would choose the service.</param>
    /// <param name="time">The clock, for signatures.</param>
    public static IReadOnlyList<ISealProvider> For(string vaultDirectory, TimeProvider time) =>
    [
        new SystemdCredential(() => Environment.GetEnvironmentVariable("CREDENTIALS_DIRECTORY")),
        new KernelKeyring(),
        new SecretService(() => Environment.GetEnvironmentVariable("DBUS_SESSION_BUS_ADDRESS")),
        new TransitProvider(vaultDirectory),
        new AwsKms(vaultDirectory, time),
    ];
}
