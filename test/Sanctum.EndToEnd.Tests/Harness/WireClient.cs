using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Sanctum.Client.Keys;

namespace Sanctum.EndToEnd.Tests.Harness;

/// <summary>A client that says exactly what a test wants on the wire, and shows exactly what comes back.</summary>
internal sealed class WireClient : IDisposable
{
    private readonly Socket _socket;
    private readonly NetworkStream _stream;
    private int _id;

    private WireClient(Socket socket) => (_socket, _stream) = (socket, new NetworkStream(socket, ownsSocket: true));

    /// <summary>The session that dialect A sends along; null before signing in and in dialect B.</summary>
    public string? SessionId { get; private set; }

    public static Task<WireClient> ConnectAsync(string socketPath) =>
        ConnectAsync(new UnixDomainSocketEndPoint(socketPath), new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified));

    public static Task<WireClient> ConnectAsync(IPEndPoint endPoint) =>
        ConnectAsync(endPoint, new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp));

    /// <summary>Signs in as the Python and Node.js clients do.</summary>
    public async Task<JsonNode> SignInAsync(string agent, string keyFile)
    {
        var asked = Result(await CallAsync("authenticate", new JsonObject { ["agent_name"] = agent }));
        SessionId = (string)asked["session_id"]!;
        return Result(await CallAsync("challenge_response", new JsonObject
        {
            ["session_id"] = SessionId,
            ["signature"] = Sign(keyFile, (string)asked["challenge"]!),
        }));
    }

    /// <summary>Signs in as the Rust client does.</summary>
    public async Task<JsonNode> SignInRustAsync(string agent, string keyFile)
    {
        var asked = Result(await CallAsync("auth.challenge", new JsonObject { ["agent"] = agent }));
        return Result(await CallAsync("auth.verify", new JsonObject
        {
            ["agent"] = agent,
            ["signature"] = Sign(keyFile, (string)asked["challenge"]!),
        }));
    }

    /// <summary>A call of dialect A, with the session's id, that has to succeed.</summary>
    public async Task<JsonNode> DoAsync(string method, JsonObject? parameters = null)
    {
        parameters ??= [];
        parameters["session_id"] = SessionId;
        return Result(await CallAsync(method, parameters));
    }

    /// <summary>A call of dialect A, with the session's id, that has to be refused.</summary>
    public async Task<JsonObject> RefusedAsync(string method, JsonObject? parameters = null)
    {
        parameters ??= [];
        parameters["session_id"] = SessionId;
        return Error(await CallAsync(method, parameters));
    }

    /// <summary>Sends a request with just these parameters, and checks that the reply carries its id.</summary>
    public async Task<JsonObject> CallAsync(string method, JsonObject? parameters = null)
    {
        var request = new JsonObject { ["id"] = ++_id, ["method"] = method };
        if (parameters is not null)
        {
            request["params"] = parameters;
        }

        await SendAsync(Encoding.UTF8.GetBytes(request.ToJsonString()));
        var reply = await ReceiveAsync() ?? throw new IOException("the daemon closed the connection");
        Assert.Equal(_id, (int)reply["id"]!);
        return reply;
    }

    /// <summary>Sends these bytes as one frame, in one write: the daemon may close the connection as soon as it has read a length that it refuses.</summary>
    public Task SendAsync(ReadOnlyMemory<byte> payload)
    {
        var frame = new byte[4 + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, payload.Length);
        payload.CopyTo(frame.AsMemory(4));
        return SendRawAsync(frame);
    }

    public Task SendAsync(string payload) => SendAsync(Encoding.UTF8.GetBytes(payload));

    /// <summary>Sends these bytes, frame or not.</summary>
    public async Task SendRawAsync(ReadOnlyMemory<byte> bytes) => await _stream.WriteAsync(bytes);

    /// <summary>The next reply; null when the daemon has closed the connection.</summary>
    public async Task<JsonObject?> ReceiveAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var prefix = new byte[4];
        try
        {
            if (await _stream.ReadAtLeastAsync(prefix, 4, throwOnEndOfStream: false, patience.Token) < 4)
            {
                return null;
            }
        }
        catch (IOException)
        {
            return null;
        }

        var payload = new byte[BinaryPrimitives.ReadInt32BigEndian(prefix)];
        await _stream.ReadExactlyAsync(payload, patience.Token);
        return JsonNode.Parse(payload)!.AsObject();
    }

    public static JsonNode Result(JsonObject reply)
    {
        Assert.True(reply["error"] is null, reply.ToJsonString());
        return reply["result"] ?? throw new InvalidOperationException("a result is never null");
    }

    public static JsonObject Error(JsonObject reply) =>
        reply["error"]?.AsObject() ?? throw new InvalidOperationException("it was not refused: " + reply.ToJsonString());

    /// <summary>The response to a challenge.</summary>
    public static string Sign(string keyFile, string challenge)
    {
        using var key = AgentKey.Load(keyFile);
        return Convert.ToHexStringLower(key.Sign(Convert.FromHexString(challenge)));
    }

    public void Dispose() => _stream.Dispose();

    private static async Task<WireClient> ConnectAsync(EndPoint endPoint, Socket socket)
    {
        await socket.ConnectAsync(endPoint);
        return new WireClient(socket);
    }
}
