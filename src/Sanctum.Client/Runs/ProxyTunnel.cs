using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Sanctum.Client.Runs;

/// <summary>A connection through the daemon's proxy to one host (RFC 9110, section 9.3.6).</summary>
internal sealed class ProxyTunnel : NetworkStream
{
    private const int LongestHead = 16 * 1024;

    private Action? _ended;

    private ProxyTunnel(Socket socket)
        : base(socket, ownsSocket: true)
    {
    }

    /// <summary>Connects, and asks for the tunnel.</summary>
    /// <param name="run">Whose token is sent.</param>
    /// <param name="daemon">As <see cref="SanctumClientOptions.DaemonUserId"/>.</param>
    /// <param name="target">Where to.</param>
    /// <param name="ended">What is called when it is closed.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="VaultException">The proxy can't be reached, or it refused.</exception>
    public static async Task<ProxyTunnel> OpenAsync(ProxyRun run, uint? daemon, DnsEndPoint target, Action ended, CancellationToken cancellationToken)
    {
        var socket = await ProxySocket.ConnectAsync(run.Socket, daemon, cancellationToken).ConfigureAwait(false);
        var tunnel = new ProxyTunnel(socket);
        try
        {
            var host = target.Host.Contains(':', StringComparison.Ordinal) ? $"[{target.Host.Trim('[', ']')}]" : target.Host;
            var authority = string.Create(CultureInfo.InvariantCulture, $"{host}:{target.Port}");
            await tunnel.WriteAsync(
                Encoding.ASCII.GetBytes($"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\nProxy-Authorization: Bearer {run.Token}\r\n\r\n"), cancellationToken).ConfigureAwait(false);
            await tunnel.ReadResponseAsync(cancellationToken).ConfigureAwait(false);
            tunnel._ended = ended;
            return tunnel;
        }
        catch (IOException broken)
        {
            await tunnel.DisposeAsync().ConfigureAwait(false);
            throw Errors.TunnelBroken(run.Socket, broken);
        }
        catch
        {
            await tunnel.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        Interlocked.Exchange(ref _ended, null)?.Invoke();
    }

    // Nothing follows the head of a tunnel's response until the client has sent something, so reading ahead takes nothing away.
    private async Task ReadResponseAsync(CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(LongestHead);
        try
        {
            var (count, end) = (0, -1);
            while (end < 0)
            {
                var read = count < LongestHead ? await ReadAsync(buffer.AsMemory(count, LongestHead - count), cancellationToken).ConfigureAwait(false) : 0;
                count += read > 0 ? read : throw new IOException(count == 0 ? "the daemon closed the connection" : "the response to CONNECT is malformed");
                end = buffer.AsSpan(0, count).IndexOf("\r\n\r\n"u8);
            }

            var head = Encoding.Latin1.GetString(buffer, 0, end);
            if (!head.StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal))
            {
                throw ProxyRefusals.Read(await ReadBodyAsync(head, buffer.AsMemory((end + 4)..count), cancellationToken).ConfigureAwait(false));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async Task<byte[]> ReadBodyAsync(string head, ReadOnlyMemory<byte> begun, CancellationToken cancellationToken)
    {
        const string Length = "\r\nContent-Length:";
        var at = head.IndexOf(Length, StringComparison.OrdinalIgnoreCase);
        var line = at < 0 ? "" : head[(at + Length.Length)..].Split('\r')[0];
        if (!int.TryParse(line, NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture, out var length) || length > ProxyRefusals.Longest || begun.Length > length)
        {
            throw new IOException("the response to CONNECT is malformed");
        }

        var body = new byte[length];
        begun.CopyTo(body);
        await ReadExactlyAsync(body.AsMemory(begun.Length), cancellationToken).ConfigureAwait(false);
        return body;
    }
}
