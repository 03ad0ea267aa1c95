using System.Diagnostics;
using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Time.Testing;
using Sanctum.Daemon.Proxy;
using Sanctum.Daemon.Proxy.Authorities;

namespace Sanctum.Daemon.Tests.Proxy.Authorities;

/// <summary>A run's authority vouches for the run's hosts and no others, in certificates that strict readers take.</summary>
public sealed class RunAuthorityTests
{
    private static readonly string[] _hosts = ["api.example.com", "*.wild.example:8443", "localhost"];

    [Theory]
    [InlineData("api.example.com")]
    [InlineData("any.wild.example")]
    [InlineData("localhost")]
    public void OpenSSL_accepts_a_host_of_the_run(string host)
    {
        using var authority = new RunAuthority(_hosts, TimeProvider.System);
        Assert.Equal("OK", Verify(authority, host));
    }

    [Theory]
    [InlineData("api.example.org")]
    [InlineData("example.com")]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public void OpenSSL_refuses_another_host_even_when_the_authority_signed_for_it(string host)
    {
        using var authority = new RunAuthority(_hosts, TimeProvider.System);
        Assert.Contains("subtree violation", Verify(authority, host), StringComparison.Ordinal);
    }

    [Fact]
    public void Where_addresses_are_bound_exactly_those_are_accepted()
    {
        using var authority = new RunAuthority(["127.0.0.1:8443", "[::1]"], TimeProvider.System);
        Assert.Equal("OK", Verify(authority, "127.0.0.1"));
        Assert.Equal("OK", Verify(authority, "::1"));
        Assert.Contains("subtree violation", Verify(authority, "127.0.0.2"), StringComparison.Ordinal);
        Assert.Contains("subtree violation", Verify(authority, "::2"), StringComparison.Ordinal);
        Assert.Contains("subtree violation", Verify(authority, "example.com"), StringComparison.Ordinal);
    }

    [Fact]
    public void An_authority_of_no_host_vouches_for_none()
    {
        using var authority = new RunAuthority([], TimeProvider.System);
        Assert.Contains("subtree violation", Verify(authority, "example.com"), StringComparison.Ordinal);
        Assert.Contains("subtree violation", Verify(authority, "127.0.0.1"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_binding_to_any_host_has_no_constraints()
    {
        using var authority = new RunAuthority(["*"], TimeProvider.System);
        Assert.Equal("OK", Verify(authority, "example.com"));
        Assert.Equal("OK", Verify(authority, "127.0.0.1"));
    }

    [Fact]
    public void An_authority_is_not_trusted_by_those_who_trust_another()
    {
        using var one = new RunAuthority(_hosts, TimeProvider.System);
        using var other = new RunAuthority(_hosts, TimeProvider.System);
        using var leaf = one.Issue(new HostPort("localhost", 443), TimeProvider.System.GetUtcNow());
        Assert.NotEqual("OK", Verify(other.Pem, leaf.ExportCertificatePem(), "localhost"));
    }

    [Fact]
    public void Ten_thousand_certificates_are_read_by_a_strict_reader()
    {
        using var authority = new RunAuthority(["wild.example"], TimeProvider.System);
        var now = TimeProvider.System.GetUtcNow();
        var serials = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < 10_000; i++)
        {
            using var leaf = authority.Issue(new HostPort($"host{i}.wild.example", 443), now);
            Assert.True(serials.Add(leaf.SerialNumber), "a serial number is repeated");
            RequireStrictDer(leaf.RawData);
        }
    }

    [Fact]
    public void A_certificate_is_made_once_and_again_when_it_is_no_longer_fresh()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        using var authority = new RunAuthority(_hosts, time);
        var first = authority.Find(new HostPort("localhost", 443));
        Assert.Same(first, authority.Find(new HostPort("localhost", 8443)));
        time.Advance(TimeSpan.FromHours(13));
        var second = authority.Find(new HostPort("localhost", 443));
        Assert.NotSame(first, second);
        Assert.True(second.TargetCertificate.NotAfter.ToUniversalTime() > time.GetUtcNow().AddHours(23));
    }

    [Fact]
    public void The_certificate_that_was_used_longest_ago_is_forgotten_first()
    {
        using var authority = new RunAuthority(["*"], TimeProvider.System, mostLeaves: 2);
        var (one, two) = (authority.Find(new HostPort("one", 1)), authority.Find(new HostPort("two", 1)));
        Assert.Same(one, authority.Find(new HostPort("one", 1)));
        authority.Find(new HostPort("three", 1));
        Assert.Equal(2, authority.Leaves);
        Assert.Same(one, authority.Find(new HostPort("one", 1)));
        Assert.NotSame(two, authority.Find(new HostPort("two", 1)));
    }

    [Fact]
    public void Many_who_ask_at_once_get_certificates_that_verify_and_the_cache_keeps_its_size()
    {
        using var authority = new RunAuthority(["wild.example"], TimeProvider.System, mostLeaves: 8);
        Parallel.For(0, 500, i =>
        {
            var host = $"h{i % 20}.wild.example";
            Assert.True(authority.Find(new HostPort(host, 443)).TargetCertificate.MatchesHostname(host, allowCommonName: false));
        });
        Assert.Equal(8, authority.Leaves);
    }

    [Fact]
    public void The_authoritys_text_ends_with_a_line_break_so_that_another_can_follow()
    {
        using var authority = new RunAuthority(_hosts, TimeProvider.System);
        Assert.EndsWith("-----END CERTIFICATE-----\n", authority.Pem, StringComparison.Ordinal);
    }

    private static string Verify(RunAuthority authority, string host)
    {
        using var leaf = authority.Issue(new HostPort(host, 443), TimeProvider.System.GetUtcNow());
        return Verify(authority.Pem, leaf.ExportCertificatePem(), host);
    }

    private static string Verify(string authority, string leaf, string host)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(Path.Join(folder.Path, "authority.pem"), authority);
        File.WriteAllText(Path.Join(folder.Path, "leaf.pem"), leaf);
        var name = System.Net.IPAddress.TryParse(host, out _) ? "-verify_ip" : "-verify_hostname";
        var info = new ProcessStartInfo("openssl", ["verify", "-x509_strict", "-purpose", "sslserver", name, host, "-CAfile", "authority.pem", "leaf.pem"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder.Path,
        };
        using var openssl = Process.Start(info)!;
        var said = openssl.StandardOutput.ReadToEnd() + openssl.StandardError.ReadToEnd();
        openssl.WaitForExit();
        return openssl.ExitCode == 0 && said == "leaf.pem: OK\n" ? "OK" : said;
    }

    // DER, and a serial number that is positive and as short as it can be (RFC 5280, section 4.1.2.2).
    private static void RequireStrictDer(byte[] certificate)
    {
        var reader = new AsnReader(certificate, AsnEncodingRules.DER);
        var outer = reader.ReadSequence();
        reader.ThrowIfNotEmpty();
        var body = outer.ReadSequence();
        Assert.Equal(2, (int)body.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 0, isConstructed: true)).ReadInteger());
        var serial = body.ReadIntegerBytes().Span;
        Assert.InRange(serial.Length, 1, 20);
        Assert.InRange(serial[0], 1, 0x7F);
        Assert.True(new BigInteger(serial, isBigEndian: true) > 0);
    }
}
