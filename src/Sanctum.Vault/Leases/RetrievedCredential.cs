using Sanctum.Credentials;
using Sanctum.Crypto;

namespace Sanctum.Leases;

/// <summary>A secret that was given out. Disposing zeroes this copy; the lease stays until it is released or ends.</summary>
public sealed class RetrievedCredential : IDisposable
{
    internal RetrievedCredential(CredentialInfo credential, SecretBytes secret, Lease lease) =>
        (Credential, Secret, Lease) = (credential, secret, lease);

    /// <summary>What it is.</summary>
    public CredentialInfo Credential { get; }

    /// <summary>The secret.</summary>
    public SecretBytes Secret { get; }

    /// <summary>For how long.</summary>
    public Lease Lease { get; }

    /// <inheritdoc/>
    public void Dispose() => Secret.Dispose();
}
