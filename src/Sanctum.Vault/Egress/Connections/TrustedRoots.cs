using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Sanctum.Egress.Connections;

/// <summary>
/// Whose certificates are believed: the system's authorities and the operator's. The platform copies and sorts all of some 150 roots for each
/// connection, which takes longer than the rest of the handshake. So it is given only those that the server's certificates name as issuer.
/// </summary>
internal sealed class TrustedRoots(X509Certificate2Collection authorities, TimeProvider time)
{
    /// <summary>How many issuers are looked up. A server that names more is judged with all roots.</summary>
    private const int MostIssuers = 8;

    /// <summary>After this, what the operator changed in the system's authorities counts.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(1);

    private volatile Roots? _roots;

    /// <summary>
    /// Trusts nobody: <see cref="IsTrusted"/> is asked about each. What a certificate says can be fetched is not: it would be asked for before
    /// anybody is trusted, at any address, through any proxy of the environment. A server has to send its intermediate certificates itself
    /// (RFC 8446, section 4.4.2).
    /// </summary>
    public static X509ChainPolicy Nobody() => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        RevocationMode = X509RevocationMode.NoCheck,
        DisableCertificateDownloads = true,
    };

    /// <summary>Whether a server's certificate leads to one of the roots, and has its name.</summary>
    public bool IsTrusted(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) =>
        (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) == SslPolicyErrors.None
        && certificate is X509Certificate2 offered && chain is not null && LeadsToOne(offered, chain.ChainPolicy);

    private bool LeadsToOne(X509Certificate2 offered, X509ChainPolicy policy)
    {
        var roots = Current();

        // One by one: of two roots with the same subject and no key identifiers, the platform tries only the first.
        return roots.NamedBy([offered, .. policy.ExtraStore]).Any(root => IsVouchedFor(offered, policy, [root]))
            || IsVouchedFor(offered, policy, roots.All);
    }

    private static bool IsVouchedFor(X509Certificate2 offered, X509ChainPolicy policy, X509Certificate2[] roots)
    {
        using var chain = new X509Chain { ChainPolicy = policy.Clone() };
        chain.ChainPolicy.CustomTrustStore.Clear();
        chain.ChainPolicy.CustomTrustStore.AddRange(roots);
        return chain.Build(offered);
    }

    private Roots Current()
    {
        var now = time.GetTimestamp();
        if (_roots is not { } roots || time.GetElapsedTime(roots.Read, now) > Fresh)
        {
            using var system = new X509Store(StoreName.Root, StoreLocation.LocalMachine, OpenFlags.ReadOnly);
            _roots = roots = new Roots([.. system.Certificates, .. authorities], now);
        }

        return roots;
    }

    /// <summary>All roots as they were at some time.</summary>
    private sealed class Roots(X509Certificate2[] all, long read)
    {
        private readonly ILookup<string, X509Certificate2> _bySubject = all.ToLookup(root => NameOf(root.SubjectName));

        public X509Certificate2[] All => all;

        public long Read => read;

        public IEnumerable<X509Certificate2> NamedBy(IEnumerable<X509Certificate2> certificates) =>
            certificates.Select(certificate => NameOf(certificate.IssuerName)).Distinct(StringComparer.Ordinal).Take(MostIssuers).SelectMany(name => _bySubject[name]);

        private static string NameOf(X500DistinguishedName name) => Convert.ToHexString(name.RawData);
    }
}
