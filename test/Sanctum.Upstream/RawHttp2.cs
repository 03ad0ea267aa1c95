using System.Buffers.Binary;
using System.Text;

namespace Sanctum.Upstream;

/// <summary>
/// HTTP/2 as a server speaks it that keeps to nothing: frames are sent as the script has them (RFC 9113, section 6). What comes is read, and
/// settings and pings are answered, until the next request has come.
/// </summary>
public sealed class RawHttp2(RawConnection connection)
{
    private const int PrefaceLength = 24;

    /// <summary>The request was not processed (RFC 9113, section 7).</summary>
    public const int RefusedStream = 7;

    /// <summary>HTTP/1.1 is wanted for it.</summary>
    public const int Http11Required = 13;

    /// <summary>Nothing went wrong.</summary>
    public const int NoError = 0;

    private const int LargestFrame = 16 * 1024;

    private int _window = 65_535;

    /// <summary>The connection.</summary>
    public RawConnection Connection => connection;

    /// <summary>How late settings and pings are acknowledged, as over a long way. Not at all late, unless it is set.</summary>
    public TimeSpan Late { get; set; }

    /// <summary>How many requests have come on this connection, each with all of its body.</summary>
    public int Requests { get; private set; }

    /// <summary>Waits for the next request and its end.</summary>
    /// <returns>Its stream's number; null when the client closed the connection instead.</returns>
    public async Task<int?> NextAsync()
    {
        while (true)
        {
            FrameKind kind;
            byte flags;
            int stream;
            byte[] payload;
            try
            {
                (kind, flags, stream, payload) = await ReadAsync();
            }
            catch (EndOfStreamException)
            {
                return null;
            }

            var acknowledges = (flags & 1) != 0;
            switch (kind)
            {
                case FrameKind.Settings when !acknowledges:
                    ReadWindow(payload);
                    await Task.Delay(Late);
                    await SendAsync(FrameKind.Settings, 1, 0, []);
                    break;
                case FrameKind.Ping when !acknowledges:
                    await Task.Delay(Late);
                    await SendAsync(FrameKind.Ping, 1, 0, payload);
                    break;
                case FrameKind.Headers or FrameKind.Data when acknowledges:
                    // The same bit: the end of the stream.
                    Requests++;
                    return stream;
            }
        }
    }

    /// <summary>Waits for the acknowledgement of a ping.</summary>
    public async Task AcknowledgedAsync()
    {
        while (await ReadAsync() is not { Kind: FrameKind.Ping, Flags: 1 })
        {
        }
    }

    /// <summary>Sends a head or, after data, trailers.</summary>
    /// <param name="stream">Whose.</param>
    /// <param name="end">Whether that is the end.</param>
    /// <param name="fields">Names in lower case, <c>:status</c> first.</param>
    public Task SendHeadersAsync(int stream, bool end, params (string Name, string Value)[] fields) =>
        SendAsync(FrameKind.Headers, (byte)(4 | (end ? 1 : 0)), stream, Block(fields));

    /// <summary>Sends a piece of a body.</summary>
    public Task SendDataAsync(int stream, bool end, string text) => SendAsync(FrameKind.Data, (byte)(end ? 1 : 0), stream, Encoding.Latin1.GetBytes(text));

    /// <summary>Sends a body of which there is always more than the client has room for, and ends the stream.</summary>
    /// <param name="stream">Whose.</param>
    /// <param name="bytes">How long the body is.</param>
    /// <returns>The most room that the client gave at once, in bytes.</returns>
    public async Task<int> FloodAsync(int stream, int bytes)
    {
        var (room, most) = (_window, _window);
        var pings = new Queue<(long Due, byte[] Payload)>();
        while (bytes > 0)
        {
            while (pings.TryPeek(out var ping) && Environment.TickCount64 >= ping.Due)
            {
                await SendAsync(FrameKind.Ping, 1, 0, pings.Dequeue().Payload);
            }

            if (room > 0)
            {
                var piece = Math.Min(Math.Min(room, LargestFrame), bytes);
                (room, bytes) = (room - piece, bytes - piece);
                await SendAsync(FrameKind.Data, (byte)(bytes == 0 ? 1 : 0), stream, [.. Enumerable.Repeat((byte)'a', piece)]);
                await Task.Delay(5); // So that it lasts for longer than the pings.
                continue;
            }

            var (kind, flags, of, payload) = await ReadAsync();
            switch (kind)
            {
                case FrameKind.Ping when (flags & 1) == 0:
                    pings.Enqueue((Environment.TickCount64 + (long)Late.TotalMilliseconds, payload));
                    break;
                case FrameKind.WindowUpdate when of == stream:
                    room += BinaryPrimitives.ReadInt32BigEndian(payload);
                    most = Math.Max(most, room);
                    break;
            }
        }

        return most;
    }

    /// <summary>Ends a stream with an error.</summary>
    public Task ResetAsync(int stream, int error) => SendAsync(FrameKind.Reset, 0, stream, Number(error));

    /// <summary>Says that streams after this one were not processed, and that no more are taken.</summary>
    public Task GoAwayAsync(int last, int error) => SendAsync(FrameKind.GoAway, 0, 0, [.. Number(last), .. Number(error)]);

    /// <summary>Promises a response to a request that nobody sent.</summary>
    public Task PromiseAsync(int stream, int promised, params (string Name, string Value)[] request) =>
        SendAsync(FrameKind.Promise, 4, stream, [.. Number(promised), .. Block(request)]);

    internal async Task GreetAsync()
    {
        await connection.ReadExactlyAsync(PrefaceLength);
        await SendAsync(FrameKind.Settings, 0, 0, []);
    }

    // RFC 7541, section 6.2.2: a literal, neither indexed nor compressed.
    private static byte[] Block((string Name, string Value)[] fields)
    {
        var block = new MemoryStream();
        foreach (var (name, value) in fields)
        {
            block.WriteByte(0);
            foreach (var text in (string[])[name, value])
            {
                block.WriteByte(checked((byte)(text.Length < 127 ? text.Length : throw new ArgumentException("too long for these tests", nameof(fields)))));
                block.Write(Encoding.Latin1.GetBytes(text));
            }
        }

        return block.ToArray();
    }

    private static byte[] Number(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }

    private async Task<(FrameKind Kind, byte Flags, int Stream, byte[] Payload)> ReadAsync()
    {
        var head = await connection.ReadExactlyAsync(9);
        var length = (head[0] << 16) | (head[1] << 8) | head[2];
        return ((FrameKind)head[3], head[4], BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(5)), await connection.ReadExactlyAsync(length));
    }

    // RFC 9113, section 6.5.2: SETTINGS_INITIAL_WINDOW_SIZE.
    private void ReadWindow(ReadOnlySpan<byte> settings)
    {
        for (; settings.Length >= 6; settings = settings[6..])
        {
            if (BinaryPrimitives.ReadUInt16BigEndian(settings) == 4)
            {
                _window = BinaryPrimitives.ReadInt32BigEndian(settings[2..]);
            }
        }
    }

    private Task SendAsync(FrameKind kind, byte flags, int stream, byte[] payload) => connection.SendAsync((byte[])
    [
        (byte)(payload.Length >> 16), (byte)(payload.Length >> 8), (byte)payload.Length, (byte)kind, flags, .. Number(stream), .. payload,
    ]);

    private enum FrameKind : byte
    {
        Data = 0,
        Headers = 1,
        Reset = 3,
        Settings = 4,
        Promise = 5,
        Ping = 6,
        GoAway = 7,
        WindowUpdate = 8,
    }
}
