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

    /// <summary>Roots that share their subject with another. The platform tries only the first of two without key identifiers. So these are tried
    /// one by one when no chain is found.</summary>
    public static IReadOnlyList<X509Certificate2> OfSharedSubjects(X509ChainPolicy all)
    {
        var roots = all.CustomTrustStore;
        return [.. roots.GroupBy(root => Convert.ToHexString(root.SubjectName.RawData), StringComparer.Ordinal).Where(same => same.Count() > 1).SelectMany(same => same)];
    }

    /// <summary>Whether a chain ends at one of these, all else as it was to be checked.</summary>
    public static bool IsVouchedForByOne(X509Certificate2 certificate, X509ChainPolicy asked, IEnumerable<X509Certificate2> roots)
    {
        foreach (var root in roots)
        {
            using var chain = new X509Chain { ChainPolicy = asked.Clone() };
            chain.ChainPolicy.CustomTrustStore.Clear();
            chain.ChainPolicy.CustomTrustStore.Add(root);
            if (chain.Build(certificate))
            {
                return true;
            }
        }

        return false;
    }
}
