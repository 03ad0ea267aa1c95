using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using NSec.Cryptography;

namespace Sanctum.Client.Tests;

public sealed record PeerRequest(long Id, string Method, JsonElement Params)
{
    public string? this[string member] => Params.TryGetProperty(member, out var value) ? value.ToString() : null;
}

/// <summary>The daemon's side of one connection, one step at a time.</summary>
public sealed class PeerConnection(Socket socket) : IDisposable
{
    private readonly NetworkStream _stream = new(socket, ownsSocket: true);

    /// <summary>A challenge as this project's daemon makes it: label, vault id, nonce.</summary>
    public static byte[] LabelledChallenge => [.. "sanctum-auth-v1\0"u8, .. Enumerable.Repeat((byte)7, 16), .. Enumerable.Repeat((byte)9, 32)];

    public async Task<PeerRequest> ReadAsync()
    {
        var prefix = new byte[4];
        await _stream.ReadExactlyAsync(prefix).AsTask().WaitAsync(ScriptedPeer.Deadline);
        var payload = new byte[BinaryPrimitives.ReadInt32BigEndian(prefix)];
        await _stream.ReadExactlyAsync(payload).AsTask().WaitAsync(ScriptedPeer.Deadline);
        using var document = JsonDocument.Parse(payload);
        var root = document.RootElement;
        Assert.Equal(["id", "method", "params"], root.EnumerateObject().Select(member => member.Name));
        return new PeerRequest(root.GetProperty("id").GetInt64(), root.GetProperty("method").GetString()!, root.GetProperty("params").Clone());
    }

    public async Task<PeerRequest> ReadAsync(string method)
    {
        var request = await ReadAsync();
        Assert.Equal(method, request.Method);
        return request;
    }

    public Task ReplyAsync(PeerRequest to, string result) => SendAsync($$$"""{"id":{{{to.Id}}},"result":{{{result}}}}""");

    public Task RefuseAsync(PeerRequest to, string code, string more = "") =>
        SendAsync($$$"""{"id":{{{to.Id}}},"error":{"code":"{{{code}}}","message":"refused"{{{more}}}}}""");

    public async Task SendAsync(string payload)
    {
        var bytes = Encoding.UTF8.GetBytes(payload);
        var frame = new byte[4 + bytes.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, bytes.Length);
        bytes.CopyTo(frame, 4);
        await SendRawAsync(frame);
    }

    public Task SendRawAsync(byte[] bytes) => _stream.WriteAsync(bytes).AsTask().WaitAsync(ScriptedPeer.Deadline);

    public Task SignInAsync(string sessionId) => SignInAsync(sessionId, LabelledChallenge);

    public Task SignInAsync(string sessionId, string result) => SignInAsync(sessionId, LabelledChallenge, result);

    /// <summary>Plays a whole sign-in and checks the signature as a daemon does.</summary>
    public async Task SignInAsync(string sessionId, byte[] challenge, string result = """{"authenticated":true}""")
    {
        var asked = await ReadAsync("authenticate");
        Assert.Equal("research-agent", asked["agent_name"]);
        await ReplyAsync(asked, $$"""{"session_id":"{{sessionId}}","challenge":"{{Convert.ToHexStringLower(challenge)}}"}""");

        var answer = await ReadAsync("challenge_response");
        Assert.Equal(sessionId, answer["session_id"]);
        var key = PublicKey.Import(SignatureAlgorithm.Ed25519, Convert.FromHexString(KeyVector.Research.PublicKey), KeyBlobFormat.RawPublicKey);
        Assert.True(SignatureAlgorithm.Ed25519.Verify(key, challenge, Convert.FromHexString(answer["signature"]!)));
        await ReplyAsync(answer, result);
    }

    /// <summary>Whether the client closes the connection, having sent nothing more.</summary>
    public async Task<bool> IsClosedByClientAsync() => await _stream.ReadAsync(new byte[1]).AsTask().WaitAsync(ScriptedPeer.Deadline) == 0;

    public void Dispose() => _stream.Dispose();
}
