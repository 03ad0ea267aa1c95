using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Sanctum.Upstream;

/// <summary>A certificate authority that exists for one test: nobody trusts it who is not told to, and its key is never written anywhere.</summary>
public sealed class TestAuthority : IDisposable
{
    private static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1"), ClientAuthentication = new("1.3.6.1.5.5.7.3.2");

    private readonly X509Certificate2 _ca;

    /// <summary>Makes the authority's key and certificate.</summary>
    /// <param name="name">Its common name.</param>
    public TestAuthority(string name = "Sanctum test authority")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: true, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        var now = TimeProvider.System.GetUtcNow();
        _ca = request.CreateSelfSigned(now.AddDays(-30), now.AddDays(30));
        CaCertificate = X509CertificateLoader.LoadCertificate(_ca.RawData);
    }

    /// <summary>The authority's certificate, without its key.</summary>
    public X509Certificate2 CaCertificate { get; }

    /// <summary>The same as PEM text.</summary>
    public string CaPem => CaCertificate.ExportCertificatePem();

    /// <summary>Writes <see cref="CaPem"/> to a file, for a process that is told whom to trust by a file's name.</summary>
    public void WriteCaPem(string path) => File.WriteAllText(path, CaPem);

    /// <summary>What a client needs to trust this authority, and no other.</summary>
    public X509ChainPolicy TrustPolicy() => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        CustomTrustStore = { CaCertificate },
        RevocationMode = X509RevocationMode.NoCheck,
    };

    /// <summary>Makes a certificate for a server or a client, with its key, valid from an hour ago until an hour from now.</summary>
    /// <param name="names">DNS names and IP addresses.</param>
    public X509Certificate2 Issue(params string[] names) => Issue(names, TimeProvider.System.GetUtcNow().AddHours(1));

    /// <summary>The same with another end, which may be past.</summary>
    /// <param name="names">DNS names and IP addresses.</param>
    /// <param name="notAfter">The end; it began two hours before that, or an hour ago if that is earlier.</param>
    /// <param name="issuerAt">Where it says that this authority's certificate can be fetched; null for nowhere.</param>
    public X509Certificate2 Issue(IReadOnlyList<string> names, DateTimeOffset notAfter, string? issuerAt = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={names[0]}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([ServerAuthentication, ClientAuthentication], critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_ca, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        request.CertificateExtensions.Add(AlternativeNames(names));
        if (issuerAt is not null)
        {
            request.CertificateExtensions.Add(new X509AuthorityInformationAccessExtension(ocspUris: null, caIssuersUris: [issuerAt]));
        }

        var anHourAgo = TimeProvider.System.GetUtcNow().AddHours(-1);
        var notBefore = notAfter.AddHours(-2) < anHourAgo ? notAfter.AddHours(-2) : anHourAgo;
        using var certificate = request.Create(_ca, notBefore, notAfter, RandomNumberGenerator.GetBytes(16));
        using var withKey = certificate.CopyWithPrivateKey(key);

        // Through PKCS #12 because on Windows a TLS server can't use a key that exists in memory only.
        return X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pkcs12), password: null);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ca.Dispose();
        CaCertificate.Dispose();
    }

    private static X509Extension AlternativeNames(IEnumerable<string> names)
    {
        var builder = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            if (IPAddress.TryParse(name, out var address))
            {
                builder.AddIpAddress(address);
            }
            else
            {
                builder.AddDnsName(name);
            }
        }

        return builder.Build();
    }
}
