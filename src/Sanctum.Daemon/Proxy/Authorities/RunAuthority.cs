using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Sanctum.Daemon.Proxy.Authorities;

/// <summary>
/// A certificate authority that exists for one run of an agent's program. Its key is in memory alone. Its certificate can vouch for the hosts of the run's
/// credentials and no others.
/// </summary>
internal sealed class RunAuthority : IDisposable
{
    /// <summary>How many hosts' certificates one authority keeps.</summary>
    public const int MostLeaves = 1024;

    /// <summary>How long the authority is valid: no run is longer.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(30);

    // A container's clock can be behind this one.
    private static readonly TimeSpan Slack = TimeSpan.FromHours(1);
    private static readonly TimeSpan LeafLifetime = TimeSpan.FromHours(24);
    private static readonly TimeSpan LeafFreshness = TimeSpan.FromHours(12);
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ECDsa _leafKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly LeafCache _leaves;
    private readonly TimeProvider _time;
    private readonly X509Certificate2 _certificate;
    private readonly X509AuthorityKeyIdentifierExtension _keyIdentifier;
    private readonly AuthorityHosts _hosts;

    /// <param name="hosts">What it vouches for, as credentials are bound to it: see <see cref="AuthorityHosts"/>.</param>
    /// <param name="time">The clock.</param>
    /// <param name="mostLeaves">How many certificates are kept.</param>
    public RunAuthority(IReadOnlyCollection<string> hosts, TimeProvider time, int mostLeaves = MostLeaves)
    {
        (_time, _leaves, _hosts) = (time, new LeafCache(mostLeaves), new AuthorityHosts(hosts));
        var request = new CertificateRequest($"CN=Sanctum run {RandomNumberGenerator.GetHexString(8, lowercase: true)}", _key, HashAlgorithmName.SHA256);
        var subjectKey = new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false);
        _keyIdentifier = X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(subjectKey);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: true, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        request.CertificateExtensions.Add(subjectKey);
        request.CertificateExtensions.Add(_keyIdentifier);
        if (NameConstraints.Of(_hosts) is { } constraints)
        {
            request.CertificateExtensions.Add(constraints);
        }

        var now = time.GetUtcNow();
        _certificate = request.Create(
            request.SubjectName, X509SignatureGenerator.CreateForECDsa(_key), now - Slack, now + Lifetime, SerialNumber());

        // ExportCertificatePem has no line break at its end: what is written behind it would be part of its last line.
        Pem = _certificate.ExportCertificatePem() + "\n";
    }

    /// <summary>The authority's certificate, for a program to trust.</summary>
    public string Pem { get; }

    public int Leaves => _leaves.Count;

    /// <summary>The first certificate of a process takes 100 ms, which no agent should have to wait for.</summary>
    public static void WarmUp()
    {
        using var authority = new RunAuthority(["localhost"], TimeProvider.System);
        authority.Find(new HostPort("localhost", 443));
    }

    /// <summary>Whether clients that trust the authority accept its certificate for a host.</summary>
    public bool Covers(HostPort target) => _hosts.Covers(target);

    /// <summary>A host's certificate, with the key and the chain for a handshake.</summary>
    /// <param name="target">Where the client wants to go; its host is in its one spelling.</param>
    public SslStreamCertificateContext Find(HostPort target)
    {
        var now = _time.GetUtcNow();
        if (_leaves.Find(target.Host, now) is { } leaf)
        {
            return leaf.Context;
        }

        using var bare = Issue(target, now);
        leaf = new Leaf(target.Host, now + LeafFreshness, SslStreamCertificateContext.Create(bare.CopyWithPrivateKey(_leafKey), [_certificate], offline: true));
        _leaves.Add(leaf);
        return leaf.Context;
    }

    /// <summary>Makes a host's certificate, without its key.</summary>
    internal X509Certificate2 Issue(HostPort target, DateTimeOffset now)
    {
        // The names are in the extension; a common name is no place for one of more than 64 characters.
        var request = new CertificateRequest("CN=Sanctum proxy", _leafKey, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        if (target.Address is { } address)
        {
            names.AddIpAddress(address);
        }
        else
        {
            names.AddDnsName(target.Host);
        }

        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ServerAuthentication)], critical: false));
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        request.CertificateExtensions.Add(_keyIdentifier);
        var end = now + LeafLifetime;
        return request.Create(
            _certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(_key), now - Slack,
            end < _certificate.NotAfter ? end : _certificate.NotAfter, SerialNumber());
    }

    public void Dispose()
    {
        _key.Dispose();
        _leafKey.Dispose();
        _certificate.Dispose();
    }

    // Positive, not zero, and in DER with no byte more than it needs: the first byte is 01 to 7F.
    private static byte[] SerialNumber()
    {
        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] = (byte)RandomNumberGenerator.GetInt32(0x01, 0x80);
        return serial;
    }
}
