using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;

namespace Sanctum.Cli.Runs.Trust;

/// <summary>The certificates as Java reads them: PKCS #12, in which an attribute of Java's own says that one is trusted.</summary>
internal static class JavaTrustStore
{
    /// <summary>Java wants one. The store holds nothing but certificates.</summary>
    public const string Password = "changeit";

    private const int Rounds = 2048;
    private const string TrustedUsage = "2.16.840.1.113894.746875.1.1"; // ORACLE_TrustedKeyUsage
    private static readonly byte[] AnyUsage = [0x06, 0x04, 0x55, 0x1D, 0x25, 0x00]; // anyExtendedKeyUsage, in DER

    public static byte[] Of(IEnumerable<string> certificates)
    {
        var contents = new Pkcs12SafeContents();
        foreach (var pem in certificates)
        {
            using var certificate = Read(pem);
            if (certificate is not null)
            {
                contents.AddCertificate(certificate).Attributes.Add(new AsnEncodedData(TrustedUsage, AnyUsage));
            }
        }

        var store = new Pkcs12Builder();
        store.AddSafeContentsUnencrypted(contents);
        store.SealWithMac(Password, HashAlgorithmName.SHA256, Rounds);
        return store.Encode();
    }

    // One that this runtime can't read, Java would not trust either.
    private static X509Certificate2? Read(string pem)
    {
        try
        {
            return X509Certificate2.CreateFromPem(pem);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
