using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace Sanctum.EndToEnd.Tests.Harness;

/// <summary>A slow way to the daemon: a call reaches it only when the session that it was made in is past its life.</summary>
internal sealed class LateRelay : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly Task _running;
    private int _late;
    private DateTimeOffset _expiresAt;

    /// <param name="home">Where the daemon is.</param>
    /// <param name="late">How many calls to be late with; the next ones pass as fast as they can.</param>
    public LateRelay(SanctumHome home, int late)
    {
        _late = late;
        Socket = Path.Join(home.Directory, $"{Guid.NewGuid():N}.sock");
        _listener.Bind(new UnixDomainSocketEndPoint(Socket));
        _listener.Listen();
        _running = RelayAsync(home.Socket);
    }

    public string Socket { get; }

    /// <summary>How many sessions there were.</summary>
    public int SignIns { get; private set; }

    /// <summary>Stops listening, and waits for the end of the one connection that it relays: its client is disposed first.</summary>
    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        try
        {
            await _running;
        }
        catch (Exception closed) when (closed is SocketException or IOException or EndOfStreamException or ObjectDisposedException)
        {
            // However the two ends went, they are gone.
        }
    }

    private async Task RelayAsync(string daemonSocket)
    {
        using var near = new NetworkStream(await _listener.AcceptAsync(), ownsSocket: true);
        var daemon = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await daemon.ConnectAsync(new UnixDomainSocketEndPoint(daemonSocket));
        using var far = new NetworkStream(daemon, ownsSocket: true);
        while (await ReadAsync(near) is { } request)
        {
            var method = (string)JsonNode.Parse(request)!["method"]!;
            var signsIn = method is "authenticate" or "challenge_response";
            if (!signsIn && _late > 0)
            {
                _late--;
                await UntilAsync(_expiresAt);
            }

            await WriteAsync(far, request);
            var reply = await ReadAsync(far) ?? throw new EndOfStreamException();
            if (JsonNode.Parse(reply)!["result"] is JsonObject result && result["expires_at"] is { } expiresAt && signsIn)
            {
                (_expiresAt, SignIns) = ((DateTimeOffset)expiresAt, SignIns + 1);
            }

            await WriteAsync(near, reply);
        }
    }

    // The daemon's timer may fire a little after the time that it told.
    private static async Task UntilAsync(DateTimeOffset time)
    {
        while (DateTimeOffset.UtcNow < time.AddMilliseconds(200))
        {
            await Task.Delay(20);
        }
    }

    private static async Task<byte[]?> ReadAsync(NetworkStream from)
    {
        var prefix = new byte[4];
        if (await from.ReadAtLeastAsync(prefix, 4, throwOnEndOfStream: false) < 4)
        {
            return null;
        }

        var payload = new byte[BinaryPrimitives.ReadInt32BigEndian(prefix)];
        await from.ReadExactlyAsync(payload);
        return payload;
    }

    private static async Task WriteAsync(NetworkStream to, byte[] payload)
    {
        var frame = new byte[4 + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, payload.Length);
        payload.CopyTo(frame, 4);
        await to.WriteAsync(frame);
    }
}
