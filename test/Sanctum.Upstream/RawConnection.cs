using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Sanctum.Upstream;

/// <summary>One connection of a <see cref="RawUpstream"/>. Text is a byte a character.</summary>
public sealed class RawConnection : IDisposable
{
    private readonly Lock _lock = new();
    private readonly StringBuilder _received = new();
    private readonly TaskCompletionSource _requested = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationToken _stopping;
    private readonly Socket _socket;
    private Stream _stream;
    private int _taken;
    private bool _cutOff;

    internal RawConnection(Socket socket, CancellationToken stopping)
    {
        (_socket, _stopping) = (socket, stopping);

        // As servers have it: what is sent just before it closes would wait for the client's word on what was sent before that, and be dropped.
        socket.NoDelay = true;
        _stream = new NetworkStream(socket, ownsSocket: true);
    }

    /// <summary>All that came so far, inside TLS where there is TLS.</summary>
    public string Received
    {
        get
        {
            lock (_lock)
            {
                return _received.ToString();
            }
        }
    }

    /// <summary>Ends when the script has read a request.</summary>
    public Task Requested => _requested.Task;

    /// <summary>Ends when the script has and the client has closed its side, or when the client broke off. It never fails.</summary>
    public Task Ended => _ended.Task;

    /// <summary>A header of the first request; null when it has not come.</summary>
    public string? Header(string name) => Received.Split("\r\n\r\n")[0].Split("\r\n").Skip(1)
        .Where(line => line.StartsWith($"{name}:", StringComparison.OrdinalIgnoreCase))
        .Select(line => line[(name.Length + 1)..].Trim())
        .FirstOrDefault();

    /// <summary>Waits until one request has come, with the body whose length it tells.</summary>
    public async Task ReadRequestAsync()
    {
        while (!Received.Contains("\r\n\r\n", StringComparison.Ordinal))
        {
            await ReadOrThrowAsync();
        }

        var whole = Received.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4 + int.Parse(Header("Content-Length") ?? "0", CultureInfo.InvariantCulture);
        while (Received.Length < whole)
        {
            await ReadOrThrowAsync();
        }

        _requested.TrySetResult();
    }

    /// <summary>Waits for the head of the next request, whatever came before it, and takes what is there of its body for the next one's head: as
    /// a server does that reads no bodies.</summary>
    /// <returns>The head; null when the client closed its side instead.</returns>
    public async Task<string?> ReadHeadAsync()
    {
        int end;
        while ((end = Received.IndexOf("\r\n\r\n", _taken, StringComparison.Ordinal)) < 0)
        {
            if (!await ReadAsync())
            {
                return null;
            }
        }

        var head = Received[_taken..end];
        _taken = end + 4;
        _requested.TrySetResult();
        return head;
    }

    /// <summary>Waits until the client closes its side.</summary>
    public async Task ReadToEndAsync()
    {
        while (await ReadAsync())
        {
        }
    }

    /// <summary>Sends text, at once.</summary>
    public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    /// <summary>Sends bytes, at once.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        await _stream.WriteAsync(bytes, _stopping);
        await _stream.FlushAsync(_stopping);
    }

    /// <summary>Sends text as it is, where the client expects a TLS record.</summary>
    public async Task SendOutsideTlsAsync(string text) => await _socket.SendAsync(Encoding.Latin1.GetBytes(text), SocketFlags.None, _stopping);

    /// <summary>Ends this side of the TCP connection and says nothing of it within TLS, as a cut wire does.</summary>
    public void CutOff()
    {
        _cutOff = true;
        _socket.Shutdown(SocketShutdown.Send);
    }

    /// <summary>Breaks the connection as a crash would (RST): what was sent may not arrive either.</summary>
    public void Reset()
    {
        _socket.LingerState = new LingerOption(enable: true, seconds: 0);
        _socket.Dispose();
    }

    /// <summary>Closes with something unread, as a server does that has heard enough: the system sends what was written, and then RST.</summary>
    public void CloseUnread() => _socket.Dispose();

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    /// <summary>Reads so many bytes; they are not in <see cref="Received"/>.</summary>
    internal async Task<byte[]> ReadExactlyAsync(int count)
    {
        var bytes = new byte[count];
        await _stream.ReadExactlyAsync(bytes, _stopping);
        return bytes;
    }

    internal async Task SecureAsync(X509Certificate2 certificate, SslApplicationProtocol? protocol)
    {
        var tls = new SslStream(_stream);
        _stream = tls;

        // Offline: what a certificate says can be fetched, a server would fetch as well, and a test could not tell who did.
        var context = SslStreamCertificateContext.Create(certificate, additionalCertificates: null, offline: true);
        await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificateContext = context, ApplicationProtocols = protocol is { } spoken ? [spoken] : null }, _stopping);
    }

    /// <summary>Closes this side first and waits for the other: to close a socket in which something is unread is to reset it.</summary>
    internal async Task CloseAsync()
    {
        if (_socket.Connected)
        {
            if (!_cutOff)
            {
                await ((_stream as SslStream)?.ShutdownAsync() ?? Task.CompletedTask);
            }

            _socket.Shutdown(SocketShutdown.Send);
            await ReadToEndAsync();
        }

        _ended.TrySetResult();
    }

    internal void End() => _ended.TrySetResult();

    private async Task ReadOrThrowAsync()
    {
        if (!await ReadAsync())
        {
            throw new IOException("the client closed its side in the middle of a request");
        }
    }

    private async Task<bool> ReadAsync()
    {
        var buffer = new byte[16 * 1024];
        var read = await _stream.ReadAsync(buffer, _stopping);
        lock (_lock)
        {
            _received.Append(Encoding.Latin1.GetString(buffer, 0, read));
        }

        return read > 0;
    }
}
