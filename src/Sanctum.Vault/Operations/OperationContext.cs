using Sanctum.Credentials;
using Sanctum.Crypto;

namespace Sanctum.Operations;

/// <summary>What an operation gets to work with. It is made for one call, by whoever opened the secret, and outlives it never.</summary>
internal sealed class OperationContext
{
    /// <summary>The credential.</summary>
    public required CredentialInfo Credential { get; init; }

    /// <summary>Its current version's secret; the caller disposes it.</summary>
    public required SecretBytes Secret { get; init; }

    /// <summary>Opens an older version's secret, which the operation disposes; null when there is no such version.</summary>
    public required Func<int, CancellationToken, ValueTask<SecretBytes?>> OpenVersion { get; init; }

    /// <summary>Which vault this is.</summary>
    public required Guid VaultId { get; init; }

    /// <summary>Throws when the policies that granted the use don't permit signing with this algorithm.</summary>
    public required Action<string> RequireAlgorithm { get; init; }

    /// <summary>The largest result, in bytes of JSON.</summary>
    public required int MaxResultBytes { get; init; }

    /// <summary>Particulars for the audit entry, such as the algorithm: never a secret, never what was signed or sealed.</summary>
    public Dictionary<string, string> Details { get; } = new(StringComparer.Ordinal);

    /// <summary>The clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Cancels the call.</summary>
    public CancellationToken CancellationToken { get; init; }
}
