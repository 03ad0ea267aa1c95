using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;

namespace Sanctum.Daemon.Tests.Proxy;

/// <summary>A client of the proxy that sends what a test typed. Text is a byte a character.</summary>
internal sealed class ProxyWire : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly Socket _socket;
    private Stream _stream;

    private ProxyWire(Socket socket) => (_socket, _stream) = (socket, new NetworkStream(socket));

    public Socket Socket => _socket;

    /// <summary>Whether the proxy has closed it, with nothing to read before that.</summary>
    public bool IsEnded => _socket.Poll(0, SelectMode.SelectRead) && _socket.Available == 0;

    public static async Task<ProxyWire> ConnectAsync(EndPoint endpoint)
    {
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, endpoint is IPEndPoint ? ProtocolType.Tcp : ProtocolType.Unspecified);
        await socket.ConnectAsync(endpoint);
        return new ProxyWire(socket);
    }

    public async Task SendAsync(string text)
    {
        await _stream.WriteAsync(Encoding.Latin1.GetBytes(text));
        await _stream.FlushAsync();
    }

    /// <summary>Sends what is beyond a limit: the proxy may refuse it and close before the last byte has come.</summary>
    public async Task SendUntilRefusedAsync(string text)
    {
        try
        {
            await SendAsync(text);
        }
        catch (IOException refused) when (refused.InnerException is SocketException { SocketErrorCode: SocketError.Shutdown or SocketError.ConnectionReset })
        {
            // What it said before it closed can still be read.
        }
    }

    /// <summary>The lines of the next head, without the empty one.</summary>
    public async Task<string[]> ReadHeadAsync()
    {
        var text = new StringBuilder();
        while (!text.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            text.Append(await ReadAsync(1) is { Length: 1 } next ? next : throw new EndOfStreamException($"the head ends early: {text}"));
        }

        return text.ToString()[..^4].Split("\r\n");
    }

    /// <summary>The next response, whose length is in its head.</summary>
    public async Task<(int Status, string[] Head, string Body)> ReadResponseAsync()
    {
        var head = await ReadHeadAsync();
        var length = int.Parse(HeaderOf(head, "Content-Length") ?? "0", CultureInfo.InvariantCulture);
        var body = new StringBuilder();
        while (body.Length < length)
        {
            body.Append(await ReadAsync(length - body.Length) is { Length: > 0 } more ? more : throw new EndOfStreamException($"the body ends early: {body}"));
        }

        return (int.Parse(head[0].Split(' ')[1], CultureInfo.InvariantCulture), head, body.ToString());
    }

    /// <summary>The next response, which has to be a refusal: its status, and the code that both its header and its body have.</summary>
    public async Task<(int Status, string Code)> ReadRefusalAsync()
    {
        var (status, head, body) = await ReadResponseAsync();
        var error = JsonElement.Parse(body).GetProperty("error");
        var code = error.GetProperty("code").GetString()!;
        Assert.Equal(code, HeaderOf(head, "Sanctum-Error"));
        Assert.Equal($"docs/errors.md#{code.ToLowerInvariant()}", error.GetProperty("docs_url").GetString());
        return (status, code);
    }

    /// <summary>Whether the proxy has closed the connection, with nothing more to read.</summary>
    public async Task<bool> IsClosedAsync()
    {
        try
        {
            return (await ReadAsync(1)).Length == 0;
        }
        catch (IOException reset) when (reset.InnerException is SocketException)
        {
            return true;
        }
    }

    /// <summary>Up to so many bytes; none when the connection has ended.</summary>
    public async Task<string> ReadAsync(int most)
    {
        using var patience = new CancellationTokenSource(Patience);
        var bytes = new byte[most];
        return Encoding.Latin1.GetString(bytes, 0, await _stream.ReadAsync(bytes, patience.Token));
    }

    /// <summary>Goes on with TLS, and trusts one authority alone.</summary>
    public async Task<SslStream> SecureAsync(string authority, string name, params SslApplicationProtocol[] protocols)
    {
        var tls = new SslStream(_stream, leaveInnerStreamOpen: true);
        _stream = tls;
        using var trusted = X509Certificate2.CreateFromPem(authority);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = name,
            ApplicationProtocols = protocols is [] ? null : [.. protocols],
            CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                CustomTrustStore = { trusted },
                RevocationMode = X509RevocationMode.NoCheck,
            },
        });
        return tls;
    }

    public static string? HeaderOf(string[] head, string name) => head.Skip(1)
        .Where(line => line.StartsWith($"{name}:", StringComparison.OrdinalIgnoreCase))
        .Select(line => line[(name.Length + 1)..].Trim())
        .FirstOrDefault();

    public void Dispose()
    {
        _stream.Dispose();
        _socket.Dispose();
    }
}
