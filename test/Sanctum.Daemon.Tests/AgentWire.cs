using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using NSec.Cryptography;

namespace Sanctum.Daemon.Tests;

/// <summary>An agent with no client library: bytes out, frames in.</summary>
internal sealed class AgentWire : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Socket _socket;
    private long _id;

    private AgentWire(Socket socket) => _socket = socket;

    /// <summary>What dialect A sends along once it has signed in.</summary>
    public string SessionId { get; private set; } = "";

    public Socket Socket => _socket;

    /// <summary>Whether something can be read, which of one that has sent nothing is why it has to go.</summary>
    public bool IsTold => _socket.Available > 0;

    public static async Task<AgentWire> ConnectAsync(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path));
        return new AgentWire(socket);
    }

    public static async Task<AgentWire> ConnectAsync(IPEndPoint endpoint, IPAddress? from = null)
    {
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        if (from is not null)
        {
            socket.Bind(new IPEndPoint(from, 0));
        }

        await socket.ConnectAsync(endpoint);
        return new AgentWire(socket);
    }

    public static byte[] Frame(string json)
    {
        var payload = Encoding.UTF8.GetBytes(json);
        var frame = new byte[4 + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, payload.Length);
        payload.CopyTo(frame, 4);
        return frame;
    }

    public static string Sign(Key key, string challenge) =>
        Convert.ToHexStringLower(SignatureAlgorithm.Ed25519.Sign(key, Convert.FromHexString(challenge)));

    public async Task SendAsync(params byte[][] frames)
    {
        ReadOnlyMemory<byte> left = frames.SelectMany(frame => frame).ToArray();
        while (!left.IsEmpty)
        {
            left = left[await _socket.SendAsync(left)..];
        }
    }

    /// <summary>The next reply, whole.</summary>
    public async Task<JsonElement> ReadAsync()
    {
        var length = BinaryPrimitives.ReadInt32BigEndian(await ReadExactlyAsync(4) ?? throw new EndOfStreamException());
        return JsonElement.Parse(await ReadExactlyAsync(length) ?? throw new EndOfStreamException());
    }

    /// <summary>Whether the daemon closes the connection, without anything more to read.</summary>
    public async Task<bool> IsClosedAsync()
    {
        try
        {
            return await ReadExactlyAsync(1) is null;
        }
        catch (SocketException reset) when (reset.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown)
        {
            return true;
        }
    }

    public async Task<JsonElement> CallRawAsync(string json)
    {
        await SendAsync(Frame(json));
        return await ReadAsync();
    }

    /// <summary>The result; the reply must carry the request's id and be no error.</summary>
    public async Task<JsonElement> CallAsync(string method, string parameters = "{}")
    {
        var reply = await ReplyAsync(method, parameters);
        Assert.True(reply.TryGetProperty("result", out var result), $"{method} was refused: {reply}");
        return result;
    }

    /// <summary>The error's object; the call must be refused.</summary>
    public async Task<JsonElement> RefusedAsync(string method, string parameters = "{}")
    {
        var reply = await ReplyAsync(method, parameters);
        Assert.True(reply.TryGetProperty("error", out var error), $"{method} was not refused: {reply}");
        Assert.False(reply.TryGetProperty("result", out _));
        return error;
    }

    public async Task<string> CodeAsync(string method, string parameters = "{}") =>
        (await RefusedAsync(method, parameters)).GetProperty("code").GetString()!;

    public async Task SignInAsync(string agent, Key key)
    {
        var asked = await CallAsync("authenticate", $$"""{"agent_name":"{{agent}}"}""");
        var sessionId = asked.GetProperty("session_id").GetString()!;
        var signature = Sign(key, asked.GetProperty("challenge").GetString()!);
        await CallAsync("challenge_response", $$"""{"session_id":"{{sessionId}}","signature":"{{signature}}"}""");
        SessionId = sessionId;
    }

    public async Task SignInAsRustAsync(string agent, Key key)
    {
        var asked = await CallAsync("auth.challenge", $$"""{"agent":"{{agent}}"}""");
        var signature = Sign(key, asked.GetProperty("challenge").GetString()!);
        await CallAsync("auth.verify", $$"""{"agent":"{{agent}}","signature":"{{signature}}"}""");
    }

    public async ValueTask DisposeAsync()
    {
        await Task.Yield();
        _socket.Dispose();
    }

    /// <summary>The reply, whichever it is.</summary>
    public async Task<JsonElement> ReplyAsync(string method, string parameters)
    {
        var id = ++_id;
        var reply = await CallRawAsync($$"""{"id":{{id}},"method":"{{method}}","params":{{parameters}}}""");
        Assert.Equal(id, reply.GetProperty("id").GetInt64());
        return reply;
    }

    private async Task<byte[]?> ReadExactlyAsync(int count)
    {
        using var patience = new CancellationTokenSource(Patience);
        var bytes = new byte[count];
        for (var read = 0; read < count;)
        {
            var got = await _socket.ReceiveAsync(bytes.AsMemory(read), patience.Token);
            if (got == 0)
            {
                return read == 0 ? null : throw new EndOfStreamException();
            }

            read += got;
        }

        return bytes;
    }
}
