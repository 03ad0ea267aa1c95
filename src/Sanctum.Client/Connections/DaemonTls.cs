using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Sanctum.Client.Connections;

/// <summary>TLS to a daemon. Its certificate is always checked: the authority, the time and the name.</summary>
internal static class DaemonTls
{
    /// <summary>Makes a connection one that is encrypted, with a daemon that has proved its name.</summary>
    /// <param name="socket">Connected; it is closed when this fails.</param>
    /// <param name="address">Where to.</param>
    /// <param name="options">Whom to trust, and what to show.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="VaultConnectionException">The daemon has not proved its name, does not speak TLS, or a file can't be used.</exception>
    public static async Task<Stream> SecureAsync(Socket socket, TlsEndPoint address, SanctumClientOptions options, CancellationToken cancellationToken)
    {
        var tls = new SslStream(new NetworkStream(socket, ownsSocket: true));
        (string What, string Advice)? flaw = null;
        try
        {
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = address.Host,
                    EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                    AllowRenegotiation = false,
                    CertificateChainPolicy = Trust(options),
                    ClientCertificateContext = ClientCertificateOf(options),

                    // It decides as .NET does, and keeps what for.
                    RemoteCertificateValidationCallback = (_, certificate, chain, errors) => (flaw = FlawOf(certificate, chain, errors, address.Host)) is null,
                },
                cancellationToken).ConfigureAwait(false);
            return tls;
        }
        catch (Exception failed)
        {
            await tls.DisposeAsync().ConfigureAwait(false);
            throw failed is AuthenticationException or IOException ? flaw is { } found ? Errors.UntrustedCertificate(address, found.What, found.Advice, failed) : Errors.NoTls(address, failed) : failed;
        }
    }

    private static X509ChainPolicy Trust(SanctumClientOptions options)
    {
        var policy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        if (Given(options.CaFile) is { } file)
        {
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            using var pem = PemFile.Read(nameof(options.CaFile), file);
            Load(nameof(options.CaFile), file, () => policy.CustomTrustStore.ImportFromPem(pem.Text));
            _ = policy.CustomTrustStore.Count > 0 ? true : throw Errors.TlsFile(nameof(options.CaFile), file, null);
        }

        return policy;
    }

    private static SslStreamCertificateContext? ClientCertificateOf(SanctumClientOptions options)
    {
        SslStreamCertificateContext? context = null;
        if (Given(options.ClientCertificateFile) is { } file)
        {
            var keyFile = Given(options.ClientKeyFile);
            using var pem = PemFile.Read(nameof(options.ClientCertificateFile), file, isKey: keyFile is null);
            using var key = keyFile is null ? null : PemFile.Read(nameof(options.ClientKeyFile), keyFile, isKey: true);
            Load(nameof(options.ClientCertificateFile), file, () =>
            {
                var chain = new X509Certificate2Collection();
                chain.ImportFromPem(pem.Text);
                chain.RemoveAt(0); // The certificate itself.
                context = SslStreamCertificateContext.Create(X509Certificate2.CreateFromPem(pem.Text, (key ?? pem).Text), chain, offline: true);
            });
        }

        return context;
    }

    private static void Load(string option, string file, Action load)
    {
        try
        {
            load();
        }
        catch (Exception unusable) when (unusable is CryptographicException or ArgumentException)
        {
            throw Errors.TlsFile(option, file, unusable);
        }
    }

    private static (string What, string Advice)? FlawOf(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors, string host) =>
        errors == SslPolicyErrors.None ? null
        : certificate is null || errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable) ? ("the daemon has shown no certificate", "check that the port is the daemon's")
        : chain?.ChainStatus.Any(status => status.Status == X509ChainStatusFlags.NotTimeValid) == true
            ? ("the daemon's certificate, or one above it, has expired or is not valid yet", "have the daemon's operator renew it, and check this machine's clock")
        : errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors)
            ? ("no authority that is trusted here vouches for the daemon's certificate", "name the authority's file with the CaFile option, SANCTUM_CA_FILE or --ca")
        : ($"the daemon's certificate is not for '{host}'", "use a name or an address that is in its certificate");

    private static string? Given(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
