using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Sanctum.Cli.Runs.Children;
using Sanctum.Cli.Runs.Trust;

namespace Sanctum.Cli.Tests.Runs;

/// <summary>Which certificates a run's program trusts.</summary>
public sealed class TrustTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sanctum-cli-");
    private readonly string _system = Certificate("system"), _own = Certificate("own"), _node = Certificate("node"), _authority = Certificate("authority");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void The_systems_certificates_and_the_authority_are_in_the_bundle()
    {
        var bundle = TrustBundle.Of(new RawEnvironment([]), ["/none", File_("system", _system)]);

        Assert.Equal(["system", "authority"], Subjects(bundle.With(_authority)));
        Assert.Equal(["authority"], Subjects(bundle.ExtraWith(_authority)));
    }

    [Fact]
    public void What_the_programs_own_variables_name_is_trusted_further()
    {
        var environment = Environment(("REQUESTS_CA_BUNDLE", File_("own", _own)), ("CURL_CA_BUNDLE", File_("own", _own)), ("NODE_EXTRA_CA_CERTS", File_("node", _node)), ("PIP_CERT", "/none"));

        var bundle = TrustBundle.Of(environment, [File_("system", _system)]);

        Assert.Equal(["system", "own", "node", "authority"], Subjects(bundle.With(_authority)));
        Assert.Equal(["node", "authority"], Subjects(bundle.ExtraWith(_authority)));
    }

    [Fact]
    public void A_file_in_the_place_of_the_systems_stays_in_its_place() =>
        Assert.Equal(["own", "authority"], Subjects(TrustBundle.Of(Environment(("SSL_CERT_FILE", File_("own", _own))), [File_("system", _system)]).With(_authority)));

    [Fact]
    public void Files_without_a_line_break_at_their_end_do_not_run_into_each_other()
    {
        var text = Encoding.ASCII.GetString(TrustBundle.Of(new RawEnvironment([]), [File_("system", _system.TrimEnd())]).With(_authority.TrimEnd()));

        Assert.EndsWith("-----END CERTIFICATE-----\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("----------", text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_systems_own_bundle_is_found()
    {
        Assert.SkipUnless(File.Exists("/etc/ssl/certs/ca-certificates.crt"), "this system has its certificates elsewhere");
        Assert.True(TrustBundle.Of(new RawEnvironment([])).Roots.Count > 50);
    }

    [Fact]
    public async Task Java_reads_its_store_and_trusts_what_is_in_it()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/keytool"), "there is no keytool here");
        var store = Path.Join(_folder.FullName, "java.p12");
        await File.WriteAllBytesAsync(store, JavaTrustStore.Of([_system, _authority]));

        var listed = await CliProcess.RunAsync(
            ["-list", "-keystore", store, "-storepass", JavaTrustStore.Password], new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin" }, program: "/usr/bin/keytool");

        Assert.True(listed.ExitCode == 0, listed.Output + listed.Errors);
        Assert.Equal(2, listed.Output.Split("trustedCertEntry").Length - 1);
    }

    private static string Certificate(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return certificate.ExportCertificatePem();
    }

    private static List<string> Subjects(byte[] bundle)
    {
        var all = new X509Certificate2Collection();
        all.ImportFromPem(Encoding.ASCII.GetString(bundle));
        return [.. all.Select(it => it.Subject["CN=".Length..])];
    }

    private static RawEnvironment Environment(params (string Name, string Value)[] values) => new(values.Select(it => Encoding.UTF8.GetBytes($"{it.Name}={it.Value}")));

    private string File_(string name, string content)
    {
        var path = Path.Join(_folder.FullName, name);
        File.WriteAllText(path, content);
        return path;
    }
}
