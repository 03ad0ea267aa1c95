using System.Text;
using System.Text.Json;
using Sanctum.Protocol.Messages;

namespace Sanctum.Protocol.Tests;

public sealed class ParamsTests
{
    [Theory]
    [InlineData("missing", """{}""", "path")]
    [InlineData("unknown", """{"path":"a","colour":"red"}""", "colour")]
    [InlineData("repeated", """{"path":"a","path":"b"}""", "path")]
    [InlineData("repeated, escaped", """{"path":"a","p\u0061th":"b"}""", "path")]
    [InlineData("of the wrong type", """{"path":"a","ttl":"60"}""", "ttl")]
    [InlineData("null where it is required", """{"path":null}""", "path")]
    [InlineData("in another case", """{"path":"a","TTL":60}""", "TTL")]
    [InlineData("fractional", """{"path":"a","ttl":1.5}""", "ttl")]
    [InlineData("over 64 bits", """{"path":"a","ttl":99999999999999999999}""", "ttl")]
    [InlineData("an object", """{"path":{"a":1}}""", "path")]
    public void A_bad_member_is_refused_by_name(string what, string parameters, string member)
    {
        var refusal = Assert.Throws<RpcException>(() => Request(parameters).ReadParams(RequestJson.Default.RetrieveParams));
        Assert.Equal(ErrorCode.InvalidParams, refusal.Error.Code);
        Assert.True(member == refusal.Error.Context?.GetProperty("member").GetString(), $"{what}: {refusal.Error.Context}");
        Assert.DoesNotContain("Sanctum.", refusal.Error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"path":"a","operation":"sign","params":{"data":"x","data":"y"}}""")]
    [InlineData("""{"path":"a","operation":"sign","params":{"data":"x","d\u0061ta":"y"}}""")]
    [InlineData("""{"path":"a","operation":"sign","params":{"headers":{"x":"1","x":"2"}}}""")]
    [InlineData("""{"path":"a","operation":"sign","params":{"list":[{"x":"1","x":"2"}]}}""")]
    public void Duplicates_are_refused_inside_an_operations_parameters_too(string parameters)
    {
        var refusal = Assert.Throws<RpcException>(() => Request(parameters).ReadParams(RequestJson.Default.UseParams));
        Assert.Equal(ErrorCode.InvalidParams, refusal.Error.Code);
    }

    [Fact]
    public void Parameters_that_are_null_are_as_good_as_none_in_dialect_b()
    {
        var use = Request("""{"path":"a","operation":"sign","params":null}""").ReadParams(RequestJson.Default.CredentialUseParams);
        Assert.True(use.Params is null or { ValueKind: JsonValueKind.Null });
    }

    [Fact]
    public void A_method_without_required_members_reads_absent_params() =>
        Assert.Null(RpcRequest.Parse("""{"id":1,"method":"logout"}"""u8.ToArray(), out _).ReadParams(RequestJson.Default.SessionParams).SessionId);

    [Fact]
    public void An_operations_parameters_arrive_as_they_were_sent()
    {
        var use = Request("""{"path":"a","operation":"sign","session_id":"s","params":{"data":"pä \u2603","n":[1,2.5,true,null]}}""")
            .ReadParams(RequestJson.Default.UseParams);
        Assert.Equal(("a", "sign", "s"), (use.Path, use.Operation, use.SessionId));
        Assert.Equal("pä ☃", use.Params!.Value.GetProperty("data").GetString());
        Assert.Equal(4, use.Params.Value.GetProperty("n").GetArrayLength());
    }

    private static RpcRequest Request(string parameters) =>
        RpcRequest.Parse(Encoding.UTF8.GetBytes($$"""{"id":1,"method":"x","params":{{parameters}}}"""), out _);
}
