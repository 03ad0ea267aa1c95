using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Sanctum.Client.Keys;

namespace Sanctum.Sdk.Tests;

/// <summary>An agent on the daemon's socket that calls methods by their names.</summary>
internal sealed class BareAgent : IDisposable
{
    private readonly NetworkStream _stream;

    private BareAgent(NetworkStream stream) => _stream = stream;

    public static async Task<BareAgent> SignInAsync(string socketPath, string name, AgentKey key)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(socketPath));
        var agent = new BareAgent(new NetworkStream(socket, ownsSocket: true));
        var challenge = (await agent.CallAsync("authenticate", $$"""{"agent_name":"{{name}}"}""")).GetProperty("challenge").GetString()!;
        await agent.CallAsync("challenge_response", $$"""{"signature":"{{Convert.ToHexStringLower(key.Sign(Convert.FromHexString(challenge)))}}"}""");
        return agent;
    }

    public async Task<JsonElement> CallAsync(string method, string parameters)
    {
        var payload = Encoding.UTF8.GetBytes($$"""{"id":1,"method":"{{method}}","params":{{parameters}}}""");
        var length = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, payload.Length);
        await _stream.WriteAsync((byte[])[.. length, .. payload]);
        await _stream.ReadExactlyAsync(length);
        var reply = new byte[BinaryPrimitives.ReadInt32BigEndian(length)];
        await _stream.ReadExactlyAsync(reply);
        return JsonElement.Parse(reply).GetProperty("result");
    }

    public void Dispose() => _stream.Dispose();
}
