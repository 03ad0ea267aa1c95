using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Time.Testing;
using Sanctum.Egress.Connections;
using Sanctum.Tests.Fixture;

namespace Sanctum.Tests.Egress.Connections;

/// <summary>Certificates that a server shows, over real TLS.</summary>
public sealed class TrustedRootsTests : IDisposable
{
    private const string ServerUse = "1.3.6.1.5.5.7.3.1";
    private const string ClientUse = "1.3.6.1.5.5.7.3.2";

    private readonly List<X509Certificate2> _made = [];

    [Fact]
    public async Task What_a_root_signed_is_trusted_and_what_another_of_its_name_signed_is_not()
    {
        var root = Authority("CN=root");
        Assert.True(await IsTrustedAsync([root], Leaf(root)));
        Assert.False(await IsTrustedAsync([root], Leaf(Authority("CN=root"))));
        Assert.False(await IsTrustedAsync([], Leaf(root)));
    }

    [Fact]
    public async Task A_chain_goes_through_what_the_server_sends_and_through_nothing_else()
    {
        var root = Authority("CN=root");
        var (upper, lower) = Two(root);
        Assert.True(await IsTrustedAsync([root], Leaf(lower), lower, upper));
        Assert.False(await IsTrustedAsync([root], Leaf(lower), lower));
        Assert.False(await IsTrustedAsync([Authority("CN=root")], Leaf(lower), lower, upper));
    }

    [Fact]
    public async Task A_certificate_without_the_right_to_sign_signs_nothing()
    {
        var root = Authority("CN=root");
        var server = Leaf(root, name: "CN=server");
        Assert.False(await IsTrustedAsync([root], Leaf(server), server));
    }

    [Fact]
    public async Task Another_name_another_use_and_a_past_end_are_refused()
    {
        var root = Authority("CN=root");
        Assert.False(await IsTrustedAsync([root], Leaf(root, host: "other.test")));
        Assert.False(await IsTrustedAsync([root], Leaf(root, use: ClientUse)));
        Assert.False(await IsTrustedAsync([root], Leaf(root, end: TimeProvider.System.GetUtcNow().AddMinutes(-5))));
    }

    [Fact]
    public async Task A_root_is_found_where_its_name_is_written_in_another_way()
    {
        // The issuer's name is a PrintableString in the certificate, and a UTF8String in the root.
        var root = Authority(Named("root", UniversalTagOf.Utf8));
        var issued = Leaf(root, issuer: Named("ROOT", UniversalTagOf.Printable));
        Assert.True(await IsTrustedAsync([root], issued));
    }

    [Fact]
    public async Task Each_of_many_roots_of_one_name_counts()
    {
        var roots = Enumerable.Range(0, 12).Select(_ => Authority("CN=root")).ToArray();
        Assert.True(await IsTrustedAsync([.. roots], Leaf(roots[0])));
        Assert.True(await IsTrustedAsync([.. roots], Leaf(roots[11])));
        Assert.False(await IsTrustedAsync([.. roots], Leaf(Authority("CN=root"))));
    }

    [Fact]
    public async Task A_server_that_names_more_issuers_than_are_looked_up_is_judged_with_all_roots()
    {
        var root = Authority("CN=root");
        List<X509Certificate2> between = [];
        for (var i = 0; i < 10; i++)
        {
            between.Insert(0, Authority($"CN=between {i}", between is [var last, ..] ? last : root));
        }

        Assert.True(await IsTrustedAsync([root], Leaf(between[0]), [.. between]));
        Assert.False(await IsTrustedAsync([Authority("CN=root")], Leaf(between[0]), [.. between]));
    }

    private (X509Certificate2 Upper, X509Certificate2 Lower) Two(X509Certificate2 root)
    {
        var upper = Authority("CN=upper", root);
        return (upper, Authority("CN=lower", upper));
    }

    private X509Certificate2 Authority(string name, X509Certificate2? issuer = null) => Authority(new X500DistinguishedName(name), issuer);

    private X509Certificate2 Authority(X500DistinguishedName name, X509Certificate2? issuer = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        return issuer is null
            ? Keep(request.CreateSelfSigned(Now.AddDays(-1), Now.AddDays(1)))
            : Keep(Signed(request, issuer, issuer.SubjectName, Now.AddHours(12)).CopyWithPrivateKey(key));
    }

    private X509Certificate2 Leaf(
        X509Certificate2 signer, string name = "CN=leaf", string host = "service.test", string use = ServerUse, DateTimeOffset? end = null, X500DistinguishedName? issuer = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(host);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(use)], critical: false));
        return Keep(Signed(request, signer, issuer ?? signer.SubjectName, end ?? Now.AddHours(6)).CopyWithPrivateKey(key));
    }

    private static X509Certificate2 Signed(CertificateRequest request, X509Certificate2 signer, X500DistinguishedName issuer, DateTimeOffset end)
    {
        using var key = signer.GetECDsaPrivateKey()!;
        return request.Create(issuer, X509SignatureGenerator.CreateForECDsa(key), end.AddHours(-18), end, RandomNumberGenerator.GetBytes(16));
    }

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    private X509Certificate2 Keep(X509Certificate2 certificate)
    {
        _made.Add(certificate);
        return certificate;
    }

    private enum UniversalTagOf
    {
        Utf8 = 0x0C,
        Printable = 0x13,
    }

    private static X500DistinguishedName Named(string name, UniversalTagOf tag)
    {
        byte[] value = [(byte)tag, (byte)name.Length, .. name.Select(letter => (byte)letter)];
        byte[] attribute = [0x06, 0x03, 0x55, 0x04, 0x03, .. value];
        byte[] pair = [0x30, (byte)attribute.Length, .. attribute];
        byte[] set = [0x31, (byte)pair.Length, .. pair];
        return new X500DistinguishedName([0x30, (byte)set.Length, .. set]);
    }

    private static async Task<bool> IsTrustedAsync(X509Certificate2Collection roots, X509Certificate2 shown, params X509Certificate2[] between)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = ServeAsync(listener, SslStreamCertificateContext.Create(shown, [.. between], offline: true));
        using var socket = new TcpClient();
        await socket.ConnectAsync((IPEndPoint)listener.LocalEndpoint);
        await using var tls = new SslStream(socket.GetStream());
        var trusted = new TrustedRoots(roots, new FakeTimeProvider());
        try
        {
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = "service.test",
                CertificateChainPolicy = TrustedRoots.Nobody(),
                RemoteCertificateValidationCallback = trusted.IsTrusted,
            }).InTime();
            return await tls.ReadAsync(new byte[1]).AsTask().InTime() == 1;
        }
        catch (AuthenticationException)
        {
            return false;
        }
        finally
        {
            socket.Close();
            await serving.InTime();
        }
    }

    private static async Task ServeAsync(TcpListener listener, SslStreamCertificateContext context)
    {
        using var client = await listener.AcceptTcpClientAsync();
        await using var tls = new SslStream(client.GetStream());
        try
        {
            await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificateContext = context });
            await tls.WriteAsync(new byte[1]);
        }
        catch (Exception refused) when (refused is IOException or AuthenticationException)
        {
            // The client did not trust it.
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var certificate in _made)
        {
            certificate.Dispose();
        }
    }
}
