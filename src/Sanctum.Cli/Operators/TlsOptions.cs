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

    /// <exception cref="CliException">A file is not there or not to be trusted, or there is a key without a certificate.</exception>
    public static TlsOptions Of(string? authorities, string? certificate, string? key)
    {
        if (certificate is null && key is not null)
        {
            throw CliErrors.Usage("--client-key requires --client-cert", "name the certificate that the key belongs to");
        }

        var (ownCertificate, ownKey) = certificate is null ? (Variable(SanctumEnvironment.ClientCertificateVariable), Variable(SanctumEnvironment.ClientKeyVariable)) : (null, null);
        var certificates = key is null && ownKey is null ? FileTrust.Secret : FileTrust.Given; // Without a file of its own, the key is there.
        return new TlsOptions(
            File(authorities, "--ca") ?? File(Variable(SanctumEnvironment.CaFileVariable), SanctumEnvironment.CaFileVariable),
            File(certificate, "--client-cert", certificates) ?? File(ownCertificate, SanctumEnvironment.ClientCertificateVariable, certificates),
            File(key, "--client-key", FileTrust.Secret) ?? File(ownKey, SanctumEnvironment.ClientKeyVariable, FileTrust.Secret));
    }

    public void Fill(SanctumClientOptions options) => (options.CaFile, options.ClientCertificateFile, options.ClientKeyFile) = (Authorities, Certificate, Key);

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    // They say who is believed: nobody else may have written them, and nobody else may read the key.
    private static string? File(string? named, string what, FileTrust trust = FileTrust.Given)
    {
        if (named is null)
        {
            return null;
        }

        var path = HomeFolder.Expand(named);
        try
        {
            using var file = FoundFile.TryOpen(path, $"the file of {what}", trust);
            return file is null ? throw CliErrors.MissingFile(what) : path;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CliErrors.UnusableFile(e);
        }
    }
}
