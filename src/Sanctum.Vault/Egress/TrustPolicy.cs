using System.Security.Cryptography.X509Certificates;

namespace Sanctum.Egress;

/// <summary>Whose certificates are believed.</summary>
internal static class TrustPolicy
{
    /// <summary>The system's authorities and these; null, the system's own policy, when there are none.</summary>
    public static X509ChainPolicy? With(X509Certificate2Collection authorities)
    {
        if (authorities.Count == 0)
        {
            return null;
        }

        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        using var system = new X509Store(StoreName.Root, StoreLocation.LocalMachine, OpenFlags.ReadOnly);
        policy.CustomTrustStore.AddRange(system.Certificates);
        policy.CustomTrustStore.AddRange(authorities);
        return policy;
    }
}
