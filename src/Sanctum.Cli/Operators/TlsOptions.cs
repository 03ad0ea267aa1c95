using Sanctum.Cli.CommandLine;
using Sanctum.Client;
using Sanctum.Storage.Sqlite.Files;

namespace Sanctum.Cli.Operators;

/// <summary>Whom to trust over a network, and what to show there: the options, and where they are missing the variables that <see cref="SanctumEnvironment"/> has names for.</summary>
internal sealed class TlsOptions
{
    private TlsOptions(string? authorities, string? certificate, string? key) => (Authorities, Certificate, Key) = (authorities, certificate, key);

    /// <summary>The authorities' file; null for the system's.</summary>
    public string? Authorities { get; }

    /// <summary>This machine's certificate; null for none.</summary>
    public string? Certificate { get; }

    private string? Key { get; }

    /// <exception cref="CliException">A file is not there, or there is a key without a certificate.</exception>
    public static TlsOptions Of(string? authorities, string? certificate, string? key)
    {
        if (certificate is null && key is not null)
        {
            throw CliErrors.Usage("--client-key requires --client-cert", "name the certificate that the key belongs to");
        }

        var (ownCertificate, ownKey) = certificate is null ? (Variable(SanctumEnvironment.ClientCertificateVariable), Variable(SanctumEnvironment.ClientKeyVariable)) : (null, null);
        return new TlsOptions(
            File(authorities, "--ca") ?? File(Variable(SanctumEnvironment.CaFileVariable), SanctumEnvironment.CaFileVariable),
            File(certificate, "--client-cert") ?? File(ownCertificate, SanctumEnvironment.ClientCertificateVariable),
            File(key, "--client-key") ?? File(ownKey, SanctumEnvironment.ClientKeyVariable));
    }

    public void Fill(SanctumClientOptions options) => (options.CaFile, options.ClientCertificateFile, options.ClientKeyFile) = (Authorities, Certificate, Key);

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    private static string? File(string? named, string what) =>
        named is null ? null
        : HomeFolder.Expand(named) is var path && System.IO.File.Exists(path) ? path
        : throw CliErrors.MissingFile(what);
}
