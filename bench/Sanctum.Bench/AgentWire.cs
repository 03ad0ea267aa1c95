using System.Net.Sockets;
using System.Text.Json;
using Sanctum.Client.Keys;
using Sanctum.Protocol;
using Sanctum.Protocol.Framing;
using Sanctum.Protocol.Messages;

namespace Sanctum.Bench;

/// <summary>An agent's connection with nothing between the benchmark and the socket.</summary>
internal static class AgentWire
{
    public static async Task<Socket> OpenAsync(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path));
        return socket;
    }

    public static async Task<Socket> SignInAsync(string path, string agent, AgentKey key)
    {
        var socket = await OpenAsync(path);
        var asked = await CallAsync(
            socket, Methods.Authenticate, new AuthenticateParams(agent), RequestJson.Default.AuthenticateParams, ReplyJson.Default.AuthenticateResult);
        var signature = Convert.ToHexStringLower(key.Sign(Convert.FromHexString(asked.Challenge)));
        await CallAsync(
            socket,
            Methods.ChallengeResponse,
            new ChallengeResponseParams(signature, asked.SessionId),
            RequestJson.Default.ChallengeResponseParams,
            ReplyJson.Default.ChallengeResponseResult);
        return socket;
    }

    /// <summary>What is sent to the upstream, directly and through the vault.</summary>
    public const string HttpBody = """{"model":"small","messages":[{"role":"user","content":"the quick brown fox jumps over the lazy dog"}]}""";

    public static byte[] HttpFrame(string path, string url)
    {
        using var buffer = new FrameBuffer();
        var parameters = JsonElement.Parse(
            $$"""{"method":"POST","url":"{{url}}","headers":{"Content-Type":"application/json"},"body":{{JsonSerializer.Serialize(HttpBody)}}}""");
        FrameWriter.WriteRequest(buffer, 7, Methods.Use, new UseParams(path, "http_request", Params: parameters), RequestJson.Default.UseParams);
        return buffer.Frame.ToArray();
    }

    public static byte[] SignFrame(string path)
    {
        using var buffer = new FrameBuffer();
        var data = JsonElement.Parse("""{"data":"the quick brown fox jumps over the lazy dog, again and again, until it is time"}"""u8);
        FrameWriter.WriteRequest(buffer, 7, Methods.Use, new UseParams(path, "sign", Params: data), RequestJson.Default.UseParams);
        return buffer.Frame.ToArray();
    }

    private static async Task<TResult> CallAsync<TParams, TResult>(
        Socket socket,
        string method,
        TParams parameters,
        System.Text.Json.Serialization.Metadata.JsonTypeInfo<TParams> parametersType,
        System.Text.Json.Serialization.Metadata.JsonTypeInfo<TResult> resultType)
    {
        using var buffer = new FrameBuffer();
        FrameWriter.WriteRequest(buffer, 1, method, parameters, parametersType);
        var received = await Load.CallAsync(socket, buffer.Frame, new byte[4096]);
        var length = System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(received);
        var reply = RpcReply.Parse(received.AsMemory(FrameLimits.Prefix, length));
        return reply.Error is { } error ? throw new RpcException(error) : reply.ReadResult(resultType);
    }
}
