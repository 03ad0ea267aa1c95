using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sanctum.Protocol.Framing;

namespace Sanctum.Protocol.Tests.Framing;

public sealed class FrameVectorTests
{
    public static TheoryData<string> Frames => Names("frames");

    public static TheoryData<string> Refused => Names("refused");

    [Theory]
    [MemberData(nameof(Frames))]
    public void A_sample_frame_holds_its_message_and_nothing_else(string name)
    {
        var vector = Find("frames", name);
        var received = Bytes(vector);

        Assert.True(FrameReader.TryRead(ref received, FrameLimits.Request, out var payload));

        Assert.True(received.IsEmpty);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(payload.ToArray()), JsonNode.Parse(vector.GetProperty("message").GetRawText())));
    }

    [Theory]
    [MemberData(nameof(Frames))]
    public void A_sample_message_is_read_as_what_it_is(string name)
    {
        var vector = Find("frames", name);
        var message = vector.GetProperty("message");
        var received = Bytes(vector);
        FrameReader.TryRead(ref received, FrameLimits.Request, out var payload);

        if (message.TryGetProperty("method", out var method))
        {
            var request = RpcRequest.Parse(payload.ToArray(), out var id);
            Assert.Equal(message.GetProperty("id").GetInt64(), id);
            Assert.Equal(method.GetString(), request.Method);
        }
        else
        {
            var reply = RpcReply.Parse(payload.ToArray());
            Assert.Equal(message.GetProperty("id").GetInt64(), reply.Id);
            Assert.Equal(message.GetProperty("error").GetProperty("code").GetString(), reply.Error!.Code);
            Assert.Equal("a/b", reply.Error.Context!.Value.GetProperty("path").GetString());
        }
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void A_sample_that_must_be_refused_is(string name)
    {
        var received = Bytes(Find("refused", name));
        var refusal = Record.Exception(() =>
        {
            Assert.True(FrameReader.TryRead(ref received, FrameLimits.Request, out var payload), "it is not merely incomplete");
            RpcRequest.Parse(payload.ToArray(), out _);
        });
        Assert.True(refusal is FrameException or RpcException, $"{refusal}");
    }

    private static TheoryData<string> Names(string member) => [.. Vectors.Load("frames.json", member).Select(vector => vector.GetProperty("name").GetString()!)];

    private static JsonElement Find(string member, string name) =>
        Vectors.Load("frames.json", member).Single(vector => vector.GetProperty("name").GetString() == name);

    private static ReadOnlySequence<byte> Bytes(JsonElement vector) => new(Convert.FromHexString(vector.GetProperty("frame_hex").GetString()!));
}
