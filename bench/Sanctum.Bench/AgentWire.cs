using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
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

    public static async Task<Socket> SignInAsync(string path, string agent, AgentKey key) => await SignInAsync(await OpenAsync(path), agent, key);

    public static async Task<Socket> SignInAsync(IPEndPoint address, string agent, AgentKey key)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(address);
        return await SignInAsync(socket, agent, key);
    }

    /// <summary>Answers a challenge with what is given, right or wrong.</summary>
    public static Task TrySignInAsync(Socket socket, string agent, byte[] signature) => SignInAsync(socket, agent, _ => signature);

    private static async Task<Socket> SignInAsync(Socket socket, string agent, AgentKey key)
    {
        try
        {
            await SignInAsync(socket, agent, challenge => key.Sign(challenge));
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task SignInAsync(Socket socket, string agent, Func<byte[], byte[]> sign)
    {
        var asked = await CallAsync(
            socket, Methods.Authenticate, new AuthenticateParams(agent), RequestJson.Default.AuthenticateParams, ReplyJson.Default.AuthenticateResult);
        var signature = Convert.ToHexStringLower(sign(Convert.FromHexString(asked.Challenge)));
        await CallAsync(
            socket,
            Methods.ChallengeResponse,
            new ChallengeResponseParams(signature, asked.SessionId),
            RequestJson.Default.ChallengeResponseParams,
            ReplyJson.Default.ChallengeResponseResult);
    }

    /// <summary>A frame with just this payload.</summary>
    public static byte[] Frame(string payload)
    {
        var frame = new byte[FrameLimits.Prefix + Encoding.UTF8.GetByteCount(payload)];
        BinaryPrimitives.WriteInt32BigEndian(frame, frame.Length - FrameLimits.Prefix);
        Encoding.UTF8.GetBytes(payload, frame.AsSpan(FrameLimits.Prefix));
        return frame;
    }

    public static byte[] CallFrame(string method, string parameters) => Frame("{\"id\":1,\"method\":\"" + method + "\",\"params\":" + parameters + "}");

    public static byte[] UseFrame(string path, string operation, string parameters) =>
        CallFrame("use", "{\"path\":\"" + path + "\",\"operation\":\"" + operation + "\",\"params\":" + parameters + "}");

    public static byte[] ListFrame() => CallFrame("list", "{}");

    public static async Task SendAllAsync(Socket socket, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await socket.SendAsync(bytes, cancellationToken)..];
        }
    }

    /// <summary>Reads one reply, however large, and forgets it.</summary>
    /// <exception cref="IOException">The server closed the connection.</exception>
    public static async Task SkipReplyAsync(Socket socket, CancellationToken cancellationToken)
    {
        var buffer = new byte[64 * 1024];
        await ReceiveAsync(socket, buffer.AsMemory(0, FrameLimits.Prefix), cancellationToken);
        for (var left = BinaryPrimitives.ReadInt32BigEndian(buffer); left > 0;)
        {
            var part = buffer.AsMemory(0, Math.Min(left, buffer.Length));
            await ReceiveAsync(socket, part, cancellationToken);
            left -= part.Length;
        }
    }

    private static async Task ReceiveAsync(Socket socket, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (!buffer.IsEmpty)
        {
            var read = await socket.ReceiveAsync(buffer, cancellationToken);
            buffer = read > 0 ? buffer[read..] : throw new IOException("the server closed the connection");
        }
    }

    /// <summary>What is sent to the upstream, directly and through the vault.</summary>
    public const string HttpBody = """{"model":"small","messages":[{"role":"user","content":"the quick brown fox jumps over the lazy dog"}]}""";

    /// <param name="path">The credential.</param>
    /// <param name="url">Where to.</param>
    /// <param name="body">What is posted; an empty one makes it a GET.</param>
    public static byte[] HttpFrame(string path, string url, string body = HttpBody)
    {
        using var buffer = new FrameBuffer();
        var parameters = JsonElement.Parse(body.Length == 0
            ? $$"""{"method":"GET","url":"{{url}}"}"""
            : $$"""{"method":"POST","url":"{{url}}","headers":{"Content-Type":"application/json"},"body":"{{JsonEncodedText.Encode(body)}}"}""");
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
        var length = BinaryPrimitives.ReadInt32BigEndian(received);
        var reply = RpcReply.Parse(received.AsMemory(FrameLimits.Prefix, length));
        return reply.Error is { } error ? throw new RpcException(error) : reply.ReadResult(resultType);
    }
}
