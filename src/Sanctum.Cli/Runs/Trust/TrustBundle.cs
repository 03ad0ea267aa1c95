using System.Text;
using System.Text.RegularExpressions;
using Sanctum.Cli.Runs.Children;
using Sanctum.Storage.Sqlite.Files;

namespace Sanctum.Cli.Runs.Trust;

/// <summary>
/// The certificates that a run's program trusts: those that it trusted before, and the run's own authority. Programs take one file in the place of
/// theirs, so it has to hold both.
/// </summary>
/// <param name="Roots">PEM, one each, without repetition.</param>
/// <param name="Extra">Those that Node.js adds to its own.</param>
internal sealed partial record TrustBundle(IReadOnlyList<string> Roots, IReadOnlyList<string> Extra)
{
    private const int Longest = 16 * 1024 * 1024;
    private const string NodeVariable = "NODE_EXTRA_CA_CERTS";

    // Variables that name a file of roots. Where one is set already, what is in it is meant to be trusted.
    private static readonly string[] Variables = ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO", "CARGO_HTTP_CAINFO", "PIP_CERT", "AWS_CA_BUNDLE", "DENO_CERT", "npm_config_cafile"];

    // As distributions have it: Debian, Fedora, openSUSE, Alpine, OpenSSL's own.
    private static readonly string[] SystemFiles =
    [
        "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem", "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "/etc/ssl/cert.pem", "/usr/lib/ssl/cert.pem",
    ];

    /// <summary>What is trusted without the run's authority.</summary>
    public static TrustBundle Of(RawEnvironment environment) => Of(environment, SystemFiles);

    internal static TrustBundle Of(RawEnvironment environment, IReadOnlyList<string> systemFiles)
    {
        var named = Variables.Select(environment.Get).OfType<string>().Where(it => it.Length > 0).Distinct(StringComparer.Ordinal).ToList();
        var files = environment.Get("SSL_CERT_FILE") is { Length: > 0 } ? named : [.. systemFiles.Where(File.Exists).Take(1), .. named];
        var extra = environment.Get(NodeVariable) is { Length: > 0 } file ? Certificates(file) : [];
        return new([.. files.SelectMany(Certificates).Concat(extra).Distinct(StringComparer.Ordinal)], extra);
    }

    /// <summary>All of them and the authority, as one file.</summary>
    public byte[] With(string authority) => File_(Roots, authority);

    /// <summary>What Node.js adds to its own.</summary>
    public byte[] ExtraWith(string authority) => File_(Extra, authority);

    // PEM that is exported has no newline at its end, and the next one has to begin on a line of its own.
    private static byte[] File_(IEnumerable<string> certificates, string authority) =>
        Encoding.ASCII.GetBytes(string.Concat(certificates.Append(authority.Trim()).Select(certificate => certificate + "\n")));

    // A file that is not there is no mistake of ours: the program would not have trusted it either.
    private static List<string> Certificates(string file)
    {
        try
        {
            return FoundFile.TryRead(file, file, FileTrust.Content, Longest) is { } content ? [.. Pem.Matches(Encoding.Latin1.GetString(content)).Select(it => it.Value.ReplaceLineEndings("\n"))] : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    [GeneratedRegex("-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[A-Za-z0-9+/=\\s]+-----END (?:TRUSTED |X509 )?CERTIFICATE-----")]
    private static partial Regex Pem { get; }
}
