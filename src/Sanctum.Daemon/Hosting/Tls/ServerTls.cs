using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;
using Sanctum.Daemon.Admin;

namespace Sanctum.Daemon.Hosting.Tls;

/// <summary>
/// TLS on the daemon's ports: a certificate that is read again when its files change, for the next connection. Files that can't be used, such as half of
/// a new pair, change nothing.
/// </summary>
internal sealed class ServerTls : IDisposable
{
    /// <summary>For a handshake, and for its first byte.</summary>
    public static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(10);

    // Small files, and nobody waits for a certificate within seconds.
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(5);

    private readonly TlsFiles _files;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly ITimer _look;
    private readonly Lock _gate = new();
    private volatile TlsMaterial _current;
    private byte[]? _seen;
    private string? _refused;

    public ServerTls(TlsFiles files, TlsMaterial current, TimeProvider time, ILogger<ServerTls> log)
    {
        (_files, _current, _time, _log) = (files, current, time, log);
        _seen = files.Fingerprint();
        Report();
        _look = time.CreateTimer(_ => ReloadIfChanged(), null, LookInterval, LookInterval);
    }

    /// <summary>Whether a client needs a certificate.</summary>
    public bool RequiresClientCertificate => _files.ClientAuthorities is not null;

    /// <summary>Whether the certificate is for this host name or address.</summary>
    public bool IsFor(string host) => _current.Certificate.TargetCertificate.MatchesHostname(host);

    /// <summary>For Kestrel: each handshake takes what is current then.</summary>
    public TlsHandshakeCallbackOptions Options() => new()
    {
        HandshakeTimeout = HandshakeTimeout,
        OnConnection = context => ValueTask.FromResult(For(context)),
    };

    /// <summary>Reads the files again if they are others than those that were read last. What can't be used is told once.</summary>
    public void ReloadIfChanged()
    {
        lock (_gate)
        {
            if (_files.Fingerprint() is not { } found || found.AsSpan().SequenceEqual(_seen))
            {
                return;
            }

            try
            {
                _current = _files.Read();
                (_seen, _refused) = (found, null);
                Report();
            }
            catch (OperatorException refused)
            {
                // They are tried again: a file's mode is no part of what is in it.
                _seen = null;
                if (refused.Message != _refused)
                {
                    _refused = refused.Message;
                    _log.TlsNotReloaded(refused.Message, refused.Suggestion);
                }
            }
        }
    }

    public void Dispose() => _look.Dispose();

    private void Report()
    {
        var certificate = _current.Certificate.TargetCertificate;
        _log.TlsCertificate(certificate.Subject, certificate.NotAfter.ToUniversalTime());
        if (certificate.NotAfter.ToUniversalTime() < _time.GetUtcNow().UtcDateTime)
        {
            _log.TlsExpired(certificate.NotAfter.ToUniversalTime());
        }
    }

    private SslServerAuthenticationOptions For(TlsHandshakeCallbackContext context)
    {
        var material = _current;
        var handshake = context.Connection.Features.Get<TlsHandshake>()!;
        return new SslServerAuthenticationOptions
        {
            ServerCertificateContext = material.Certificate,
            ApplicationProtocols = [SslApplicationProtocol.Http11],
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            AllowRenegotiation = false,

            // A session that is resumed brings no certificate, and so would outlive an authority that was taken off the list.
            AllowTlsResume = false,
            ClientCertificateRequired = material.ClientAuthorities is not null,
            CertificateChainPolicy = material.ClientAuthorities is { } authorities ? Trust(authorities) : null,

            // Whoever has none that can be trusted is told so inside TLS, and is not served: TlsHandshakes sees to both.
            RemoteCertificateValidationCallback = (_, _, _, errors) =>
            {
                handshake.Client = errors switch
                {
                    SslPolicyErrors.None => ClientCertificate.Trusted,
                    SslPolicyErrors.RemoteCertificateNotAvailable => ClientCertificate.None,
                    _ => ClientCertificate.Untrusted,
                };
                return true;
            },
        };
    }

    private static X509ChainPolicy Trust(X509Certificate2Collection authorities)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(authorities);
        return policy;
    }
}
