using System.Security.Cryptography.X509Certificates;

namespace Sanctum.Egress;

/// <summary>Whose certificates are believed.</summary>
internal static class TrustPolicy
{
    /// <summary>
    /// The system's authorities and these. What a certificate says can be fetched is not: it would be asked for before anybody is trusted, at
    /// any address, through any proxy of the environment. A server has to send its intermediate certificates itself (RFC 8446, section 4.4.2).
    /// </summary>
    public static X509ChainPolicy With(X509Certificate2Collection authorities)
    {
        var policy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        if (authorities.Count > 0)
        {
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            using var system = new X509Store(StoreName.Root, StoreLocation.LocalMachine, OpenFlags.ReadOnly);
            policy.CustomTrustStore.AddRange(system.Certificates);
            policy.CustomTrustStore.AddRange(authorities);
        }

        return policy;
    }
}
