using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Sanctum.Daemon.Admin;
using Sanctum.Storage.Sqlite.Files;

namespace Sanctum.Daemon.Hosting.Tls;

/// <summary>The files that TLS on the daemon's ports is made from. All paths are absolute.</summary>
/// <param name="Certificate">The certificate, and behind it those that lead to an authority; in PEM.</param>
/// <param name="Key">Its key, in PEM and not encrypted.</param>
/// <param name="ClientAuthorities">The authorities of clients' certificates, in PEM; null where clients need none.</param>
internal sealed record TlsFiles(string Certificate, string Key, string? ClientAuthorities)
{
    private const string CertificateSetting = "tls.cert_file", KeySetting = "tls.key_file", ClientAuthoritiesSetting = "tls.client_ca_file";

    private const int LongestKey = 64 * 1024;

    /// <summary>What the command line and, for what it leaves open, the file say; null where there is no TLS.</summary>
    /// <exception cref="OperatorException">Only a part of it is there.</exception>
    public static TlsFiles? Of(DaemonOptions options, TlsConfig config, string directory)
    {
        var (certificate, key, clients) = (options.TlsCertificateFile ?? config.CertFile, options.TlsKeyFile ?? config.KeyFile, options.TlsClientAuthoritiesFile ?? config.ClientCaFile);
        return (certificate, key) switch
        {
            (null, null) => clients is null ? null : throw Refused(ClientAuthoritiesSetting, "it requires a certificate of the daemon's own", "set 'tls.cert_file' and 'tls.key_file' too: --tls-cert, --tls-key"),
            (null, _) or (_, null) => throw Refused(certificate is null ? CertificateSetting : KeySetting, "it is missing", "a certificate and its key belong together: set 'tls.cert_file' and 'tls.key_file', or --tls-cert and --tls-key"),
            _ => new TlsFiles(
                PathSetting.Resolve(CertificateSetting, certificate, directory),
                PathSetting.Resolve(KeySetting, key, directory),
                clients is null ? null : PathSetting.Resolve(ClientAuthoritiesSetting, clients, directory)),
        };
    }

    /// <summary>Reads them and sees that they belong together.</summary>
    /// <exception cref="OperatorException">They can't be used.</exception>
    public TlsMaterial Read()
    {
        var certificates = CaFile.Read(Certificate, CertificateSetting);
        var (leaf, rest) = (WithKey(certificates[0]), new X509Certificate2Collection(certificates.Skip(1).ToArray()));
        return new TlsMaterial(
            System.Net.Security.SslStreamCertificateContext.Create(leaf, rest, offline: true),
            ClientAuthorities is null ? null : CaFile.Read(ClientAuthorities, ClientAuthoritiesSetting));
    }

    /// <summary>A hash over what is in them, to see whether they have changed; null where one can't be read at the moment.</summary>
    public byte[]? Fingerprint()
    {
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            foreach (var path in (string?[])[Certificate, Key, ClientAuthorities])
            {
                if (path is null)
                {
                    continue;
                }

                using var file = FoundFile.TryOpen(path, path, FileTrust.Content);
                if (file is null)
                {
                    return null;
                }

                hash.AppendData(SHA256.HashData(file));
            }

            return hash.GetHashAndReset();
        }
        catch (UntrustedFileException other)
        {
            // A named pipe, say. It is no file that is being replaced: reading it says so, once.
            return SHA256.HashData(Encoding.UTF8.GetBytes(other.Message));
        }
        catch (Exception replaced) when (replaced is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private X509Certificate2 WithKey(X509Certificate2 certificate)
    {
        var bytes = ReadKey();
        var pem = GC.AllocateUninitializedArray<char>(bytes.Length, pinned: true);
        try
        {
            var length = Encoding.Latin1.GetChars(bytes, pem);
            return X509Certificate2.CreateFromPem(certificate.ExportCertificatePem(), pem.AsSpan(0, length));
        }
        catch (Exception mismatch) when (mismatch is CryptographicException or ArgumentException)
        {
            throw Refused(KeySetting, $"{Key} has no key that belongs to the certificate in {Certificate}", "name the key of that certificate, in PEM and not encrypted", mismatch);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
            CryptographicOperations.ZeroMemory(System.Runtime.InteropServices.MemoryMarshal.AsBytes(pem.AsSpan()));
        }
    }

    private byte[] ReadKey()
    {
        try
        {
            if (!OperatingSystem.IsWindows() && File.Exists(Key) && (File.GetUnixFileMode(Key) & UnixFileMode.OtherRead) != 0)
            {
                throw Refused(KeySetting, $"all users can read {Key}", $"run chmod o-r {Key}");
            }

            return FoundFile.TryRead(Key, Key, FileTrust.Given, LongestKey) ?? throw Refused(KeySetting, $"{Key} does not exist");
        }
        catch (UntrustedFileException untrusted)
        {
            throw Refused(KeySetting, untrusted.Message, untrusted.Remedy, untrusted);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Refused(KeySetting, $"{Key} can't be read", inner: e);
        }
    }

    private static OperatorException Refused(string setting, string message, string? remedy = null, Exception? inner = null) => new(
        OperatorErrors.InvalidConfig, $"'{setting}': {message}", remedy ?? "name a PEM file that the daemon's user can read", inner);
}

/// <summary>What handshakes are made with.</summary>
/// <param name="Certificate">The daemon's certificate, its key and its chain.</param>
/// <param name="ClientAuthorities">Who vouches for clients; null where they need no certificate.</param>
internal sealed record TlsMaterial(System.Net.Security.SslStreamCertificateContext Certificate, X509Certificate2Collection? ClientAuthorities);
