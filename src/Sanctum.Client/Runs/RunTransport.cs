using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Sanctum.Client.Connections;
using Sanctum.Protocol.Messages;

namespace Sanctum.Client.Runs;

/// <summary>The connections of one run, and the run itself, which ends when nobody uses it any more.</summary>
internal sealed class RunTransport
{
    // The authority that is trusted lasts 30 days.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    private readonly SanctumClientOptions _options;
    private readonly ProxyRun _run;
    private readonly HttpMessageInvoker _http;
    private readonly long _openedAt;
    private int _tunnels = 1; // One stands for not being retired.
    private int _retired;

    public RunTransport(ProxyRun run, SanctumClientOptions options)
    {
        (_run, _options, _openedAt) = (run, options, options.TimeProvider.GetTimestamp());
        _http = new HttpMessageInvoker(MakeHandler(), disposeHandler: true);
    }

    /// <summary>What stands for the credential where it goes into a path.</summary>
    public string? Placeholder => _run.Placeholders.Values.FirstOrDefault();

    /// <summary>Whether new requests can use it.</summary>
    public bool IsUsable => Volatile.Read(ref _retired) == 0 && _run.Connection.IsOpen && _options.TimeProvider.GetElapsedTime(_openedAt) < Longest;

    /// <summary>Whether there are connections.</summary>
    public bool IsIdle => Volatile.Read(ref _tunnels) <= 1;

    /// <summary>When it was used last, as <see cref="Environment.TickCount64"/>.</summary>
    public long UsedAt { get; private set; }

    /// <summary>Sends a request. What a tunnel was refused for is inside of the exception.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        UsedAt = Environment.TickCount64;
        return _http.SendAsync(request, cancellationToken);
    }

    /// <summary>No request uses it any more. Those under way go on, and the run ends after the last.</summary>
    public void Retire()
    {
        if (Interlocked.Exchange(ref _retired, 1) == 0)
        {
            _http.Dispose();
            Leave();
        }
    }

    private SocketsHttpHandler MakeHandler() => new()
    {
        // What a program would have the vault do, it asks for itself: nothing is followed, kept or decoded here.
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        ConnectTimeout = _options.ConnectTimeout,
        EnableMultipleHttp2Connections = true,
        RequestHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
        ResponseHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
        ConnectCallback = ConnectAsync,
        SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = Trust(_run.Authority) },
    };

    // The run's authority and no other: whatever the system trusts is not asked.
    private static X509ChainPolicy Trust(string authority) => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        CustomTrustStore = { X509Certificate2.CreateFromPem(authority) },
        RevocationMode = X509RevocationMode.NoCheck,
        DisableCertificateDownloads = true,
    };

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _tunnels);
        try
        {
            return await ProxyTunnel.OpenAsync(_run, _options.DaemonUserId, context.DnsEndPoint, Leave, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            Leave();
            throw;
        }
    }

    private void Leave()
    {
        if (Interlocked.Decrement(ref _tunnels) == 0)
        {
            _ = CloseAsync();
        }
    }

    private async Task CloseAsync()
    {
        try
        {
            await _run.Connection.CallAsync(
                Methods.ProxyClose, traceParent: null, new ProxyCloseParams(_run.Token), RequestJson.Default.ProxyCloseParams, _ => true, _options.CloseTimeout, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception over) when (over is VaultException or NotSentException or ObjectDisposedException)
        {
            // A run ends with its connection at the latest.
        }
    }
}
