using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Sanctum.Sdk.Tests;

/// <summary>Somebody who has taken the daemon's port, and keeps what is sent there: with TLS and a certificate of their own, or without.</summary>
internal sealed class Impostor : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly MemoryStream _received = new();
    private readonly X509Certificate2? _certificate;
    private readonly Task _serving;

    public Impostor(X509Certificate2? certificate)
    {
        _certificate = certificate;
        _listener.Start();
        _serving = ServeAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How many have connected.</summary>
    public int Connections { get; private set; }

    /// <summary>All that was sent: inside of TLS, where there is TLS.</summary>
    public async Task<byte[]> EndAsync()
    {
        _listener.Stop();
        await _serving.WaitAsync(TimeSpan.FromSeconds(30));
        return _received.ToArray();
    }

    public async ValueTask DisposeAsync()
    {
        _ = await EndAsync();
        _listener.Dispose();
        _received.Dispose();
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            TcpClient client;
            try
            {
                client = await _listener.AcceptTcpClientAsync();
            }
            catch (Exception stopped) when (stopped is SocketException or ObjectDisposedException)
            {
                return;
            }

            using (client)
            {
                Connections++;
                await KeepAsync(client);
            }
        }
    }

    private async Task KeepAsync(TcpClient client)
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            Stream stream = client.GetStream();
            if (_certificate is not null)
            {
                var tls = new SslStream(stream);
                await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _certificate }, patience.Token);
                stream = tls;
            }

            await stream.CopyToAsync(_received, patience.Token);
        }
        catch (Exception left) when (left is IOException or AuthenticationException or OperationCanceledException)
        {
            // Whoever connected has left, or says no more.
        }
    }
}
