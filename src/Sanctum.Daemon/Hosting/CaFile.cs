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

    /// <param name="path">Where.</param>
    /// <param name="setting">Which setting names it, for the message.</param>
    /// <exception cref="OperatorException">It can't be used.</exception>
    public static X509Certificate2Collection Read(string path, string setting)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            // Whoever can write this file chooses who is believed to be whom. A link to one is how systems keep them.
            var pem = FoundFile.TryRead(path, path, FileTrust.Given, Longest) ?? throw Refused(setting, $"{path} does not exist");
            certificates.ImportFromPem(Encoding.UTF8.GetString(pem));
        }
        catch (UntrustedFileException untrusted)
        {
            throw Refused(setting, untrusted.Message, untrusted, untrusted.Remedy);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Refused(setting, $"{path} can't be read", e);
        }
        catch (CryptographicException e)
        {
            throw Refused(setting, $"{path} has a certificate that can't be read", e);
        }

        return certificates.Count > 0 ? certificates : throw Refused(setting, $"{path} contains no certificate");
    }

    private static OperatorException Refused(string setting, string message, Exception? inner = null, string? remedy = null) => new(
        OperatorErrors.InvalidConfig, $"'{setting}': {message}", remedy ?? "name a PEM file with certificates", inner);
}
