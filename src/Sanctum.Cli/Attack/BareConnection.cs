using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Sanctum.Client.Keys;
using Sanctum.Protocol.Sockets;

namespace Sanctum.Cli.Attack;

/// <summary>A connection without a client's good manners: sends whatever it is told to.</summary>
internal sealed class BareConnection : IDisposable
{
    private readonly Socket _socket;
    private readonly NetworkStream _stream;
    private readonly CancellationToken _cancelled;
    private int _calls;

    private BareConnection(Socket socket, CancellationToken cancelled) => (_socket, _stream, _cancelled) = (socket, new NetworkStream(socket), cancelled);

    /// <param name="path">A Unix socket.</param>
    /// <param name="cancelled">Gives up.</param>
    public static async Task<BareConnection> OpenAsync(string path, CancellationToken cancelled)
    {
        using var place = SocketPath.Open(path);
        return await OpenAsync(place.EndPoint, cancelled).ConfigureAwait(false);
    }

    public static async Task<BareConnection> OpenAsync(EndPoint address, CancellationToken cancelled)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(address, cancelled).ConfigureAwait(false);
        return new BareConnection(socket, cancelled);
    }

    /// <summary>Signs in, and tells the session's id.</summary>
    public async Task<string> SignInAsync(string agent, AgentKey key) =>
        (await CallAsync("challenge_response", await RespondAsync(agent, key).ConfigureAwait(false)).ConfigureAwait(false))["result"]!["session_id"]!.GetValue<string>();

    /// <summary>Asks for a challenge, and makes the right response to it.</summary>
    public async Task<JsonObject> RespondAsync(string agent, AgentKey key)
    {
        var asked = (await CallAsync("authenticate", new JsonObject { ["agent_name"] = agent }).ConfigureAwait(false))["result"]!;
        var signature = key.Sign(Convert.FromHexString(asked["challenge"]!.GetValue<string>()));
        return new JsonObject { ["session_id"] = asked["session_id"]!.GetValue<string>(), ["signature"] = Convert.ToHexStringLower(signature) };
    }

    public async Task<JsonNode> CallAsync(string method, JsonObject parameters)
    {
        var payload = Encoding.UTF8.GetBytes(new JsonObject { ["id"] = ++_calls, ["method"] = method, ["params"] = parameters.DeepClone() }.ToJsonString());
        var frame = new byte[4 + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, payload.Length);
        payload.CopyTo(frame, 4);
        await _stream.WriteAsync(frame, _cancelled).ConfigureAwait(false);
        var length = new byte[4];
        await _stream.ReadExactlyAsync(length, _cancelled).ConfigureAwait(false);
        var reply = new byte[BinaryPrimitives.ReadInt32BigEndian(length)];
        await _stream.ReadExactlyAsync(reply, _cancelled).ConfigureAwait(false);
        return JsonNode.Parse(reply)!;
    }

    public void Dispose()
    {
        _stream.Dispose();
        _socket.Dispose();
    }
}
