using System.Text;
using System.Text.Json;
using CsCheck;
using Sanctum.Protocol.Framing;
using Sanctum.Protocol.Messages;

namespace Sanctum.Protocol.Tests;

public sealed class RpcReplyTests
{
    [Theory]
    [InlineData(1, false, """{"id":1,"result":{}}""")]
    [InlineData(long.MaxValue, true, """{"jsonrpc":"2.0","id":9223372036854775807,"result":{}}""")]
    [InlineData(-5, false, """{"id":-5,"result":{}}""")]
    public void A_reply_mirrors_the_id_and_its_empty_result_is_an_object(long id, bool jsonRpc, string expected)
    {
        using var buffer = new FrameBuffer();
        FrameWriter.WriteReply(buffer, id, jsonRpc, json => JsonSerializer.Serialize(json, new EmptyResult(), RequestJson.Default.EmptyResult));
        Assert.Equal(expected, Text(buffer));
    }

    [Fact]
    public void An_error_has_no_member_that_it_has_nothing_to_say_in()
    {
        using var buffer = new FrameBuffer();
        FrameWriter.WriteError(buffer, 3, false, new RpcError(ErrorCode.VaultLocked, "the vault is sealed"));
        Assert.Equal("""{"id":3,"error":{"code":"VAULT_LOCKED","message":"the vault is sealed"}}""", Text(buffer));
    }

    [Fact]
    public void An_error_arrives_as_it_was_written()
    {
        using var buffer = new FrameBuffer();
        var error = new RpcError("CODE", "message ☃", "detail", "suggestion", "https://docs", RpcContext.Of("retry_after", 5));
        FrameWriter.WriteError(buffer, 3, true, error);

        var reply = RpcReply.Parse(buffer.Frame[FrameLimits.Prefix..]);

        Assert.Equal(3, reply.Id);
        Assert.Equal(error with { Context = null }, reply.Error! with { Context = null });
        Assert.Equal(5, reply.Error.Context!.Value.GetProperty("retry_after").GetInt64());
    }

    [Fact]
    public void A_request_arrives_as_it_was_written() => Gen.Select(Gen.Long, Gen.String, Gen.String).Sample((id, path, operation) =>
    {
        // Strings with lone surrogates have no UTF-8 form.
        path = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(path));
        operation = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(operation));
        using var buffer = new FrameBuffer();
        FrameWriter.WriteRequest(buffer, id, Methods.Use, new UseParams(path, operation), RequestJson.Default.UseParams);

        var request = RpcRequest.Parse(buffer.Frame[FrameLimits.Prefix..], out _);

        Assert.Equal((id, Methods.Use), (request.Id, request.Method));
        Assert.Equal(new UseParams(path, operation), request.ReadParams(RequestJson.Default.UseParams));
    });

    [Theory]
    [InlineData("a bare string", """{"id":1,"error":"it broke"}""", "INTERNAL_ERROR", "it broke")]
    [InlineData("no code", """{"id":1,"error":{"message":"it broke"}}""", "INTERNAL_ERROR", "it broke")]
    [InlineData("no message", """{"id":1,"error":{"code":"X"}}""", "X", "the daemon gave no reason")]
    [InlineData("a null result beside it", """{"id":1,"result":null,"error":{"code":"X","message":"m","context":null,"new":1}}""", "X", "m")]
    public void Errors_of_other_daemons_are_understood(string what, string payload, string code, string message)
    {
        var error = RpcReply.Parse(Encoding.UTF8.GetBytes(payload)).Error;
        Assert.True((code, message) == (error?.Code, error?.Message), $"{what}: {error}");
    }

    [Fact]
    public void A_null_error_beside_a_result_is_no_error()
    {
        var reply = RpcReply.Parse("""{"id":1,"result":{},"error":null,"unknown":[{}]}"""u8.ToArray());
        Assert.Null(reply.Error);
        Assert.NotNull(reply.ReadResult(ReplyJson.Default.EmptyResult));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"id":1}""")]
    [InlineData("""{"id":1,"result":{}""")]
    [InlineData("""{"id":1,"result":{}}x""")]
    [InlineData("""{"id":1,"result":{}}{}""")]
    [InlineData("""{"id":1.5,"result":{}}""")]
    [InlineData("""{"id":99999999999999999999,"result":{}}""")]
    [InlineData("""{"id":1,"id":2,"result":{}}""")]
    [InlineData("""{"id":1,"result":{},"result":{}}""")]
    [InlineData("""{"id":1,"error":5}""")]
    [InlineData("""{"id":1,"error":"\ud800"}""")]
    [InlineData("""{"id":1,"error":[]}""")]
    public void What_is_not_a_reply_ends_the_connection(string payload) =>
        Assert.Throws<FrameException>(() => RpcReply.Parse(Encoding.UTF8.GetBytes(payload)));

    [Theory]
    [InlineData("""{"id":1,"result":null}""")]
    [InlineData("""{"id":1,"result":[]}""")]
    [InlineData("""{"id":1,"result":{"session_id":"a"}}""")]
    [InlineData("""{"id":1,"result":{"session_id":"a","challenge":5}}""")]
    [InlineData("""{"id":1,"result":{"session_id":"a","challenge":"secret","challenge":"x"}}""")]
    public void A_result_of_another_form_is_refused_without_being_quoted(string payload)
    {
        var reply = RpcReply.Parse(Encoding.UTF8.GetBytes(payload));
        var refusal = Assert.Throws<FrameException>(() => reply.ReadResult(ReplyJson.Default.AuthenticateResult));
        Assert.DoesNotContain("secret", refusal.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Random_bytes_are_no_reply_and_nothing_else_happens() => Gen.Byte.Array[0, 200].Sample(OnlyRefuses);

    [Fact]
    public void A_damaged_reply_is_read_or_refused_and_nothing_else_happens()
    {
        var sample = """{"id":12,"error":{"code":"X","message":"\u00e9\ud83d\ude00x","context":{"a":[1]}},"result":{"session_id":"a","challenge":"00"}}"""u8.ToArray();
        Gen.Select(Gen.Int[0, sample.Length - 1], Gen.Byte, Gen.Int[0, sample.Length]).Sample((at, value, length) =>
        {
            var damaged = sample.ToArray();
            damaged[at] = value;
            OnlyRefuses(damaged);
            OnlyRefuses(damaged[..length]);
        });
    }

    private static void OnlyRefuses(byte[] payload)
    {
        try
        {
            RpcReply.Parse(payload).ReadResult(ReplyJson.Default.AuthenticateResult);
        }
        catch (FrameException)
        {
            // What a payload that is no reply must give.
        }
    }

    private static string Text(FrameBuffer buffer) => Encoding.UTF8.GetString(buffer.Frame.Span[FrameLimits.Prefix..]);
}
