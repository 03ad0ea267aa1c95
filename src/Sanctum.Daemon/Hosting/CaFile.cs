using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Sanctum.Daemon.Admin;

namespace Sanctum.Daemon.Hosting;

/// <summary>A file of certificates in PEM.</summary>
internal static class CaFile
{
    public static X509Certificate2Collection Read(string path)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPemFile(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw Refused(path, e);
        }

        return certificates.Count > 0 ? certificates : throw Refused(path, null);
    }

    private static OperatorException Refused(string path, Exception? inner) => new(
        OperatorErrors.InvalidConfig,
        $"'egress.trusted_ca_file' can't be read, or has no certificate in it: {path}{(inner is null ? "" : $" ({inner.GetType().Name})")}",
        "name a PEM file with the certificates of the authorities to trust");
}
