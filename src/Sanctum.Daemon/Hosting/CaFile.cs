using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Sanctum.Daemon.Admin;
using Sanctum.Storage.Sqlite.Files;

namespace Sanctum.Daemon.Hosting;

/// <summary>A file of certificates in PEM.</summary>
internal static class CaFile
{
    // A whole system's authorities are a quarter of a MiB.
    private const int Longest = 8 * 1024 * 1024;

    public static X509Certificate2Collection Read(string path)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            // Whoever can write this file chooses who is believed to be whom. A link to one is how systems keep them.
            var pem = FoundFile.TryRead(path, path, FileTrust.Given, Longest) ?? throw Refused($"{path} does not exist");
            certificates.ImportFromPem(Encoding.UTF8.GetString(pem));
        }
        catch (UntrustedFileException untrusted)
        {
            throw Refused(untrusted.Message, untrusted, untrusted.Remedy);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Refused($"{path} can't be read", e);
        }
        catch (CryptographicException e)
        {
            throw Refused($"{path} has a certificate that can't be read", e);
        }

        return certificates.Count > 0 ? certificates : throw Refused($"{path} contains no certificate");
    }

    private static OperatorException Refused(string message, Exception? inner = null, string? remedy = null) => new(
        OperatorErrors.InvalidConfig, $"'egress.trusted_ca_file': {message}", remedy ?? "name a PEM file with the certificates of the authorities to trust", inner);
}
