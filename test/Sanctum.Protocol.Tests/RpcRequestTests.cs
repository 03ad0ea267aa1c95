using System.Text;
using CsCheck;
using Sanctum.Protocol.Messages;

namespace Sanctum.Protocol.Tests;

public sealed class RpcRequestTests
{
    public static TheoryData<string, string> NotRequests => new()
    {
        { "an empty payload", "" },
        { "white space only", "  " },
        { "an array", "[]" },
        { "a null", "null" },
        { "a string", "\"x\"" },
        { "no id", """{"method":"list","params":{}}""" },
        { "no method", """{"id":1,"params":{}}""" },
        { "a null id", """{"id":null,"method":"list"}""" },
        { "a string id", """{"id":"1","method":"list"}""" },
        { "a fractional id", """{"id":1.5,"method":"list"}""" },
        { "an id with a point", """{"id":1.0,"method":"list"}""" },
        { "an id with an exponent", """{"id":1e3,"method":"list"}""" },
        { "an id over 64 bits", """{"id":9223372036854775808,"method":"list"}""" },
        { "an id far over 64 bits", $$"""{"id":1{{new string('0', 400)}},"method":"list"}""" },
        { "an array id", """{"id":[1],"method":"list"}""" },
        { "a method that is a number", """{"id":1,"method":5}""" },
        { "a null method", """{"id":1,"method":null}""" },
        { "params that are an array", """{"id":1,"method":"list","params":[]}""" },
        { "params that are a string", """{"id":1,"method":"list","params":"{}"}""" },
        { "an unknown member", """{"id":1,"method":"list","extra":1}""" },
        { "a member in another case", """{"ID":1,"method":"list"}""" },
        { "two ids", """{"id":1,"id":1,"method":"list"}""" },
        { "two methods", """{"id":1,"method":"list","method":"list"}""" },
        { "two methods, one escaped", """{"id":1,"method":"list","m\u0065thod":"list"}""" },
        { "two params", """{"id":1,"method":"list","params":{},"params":{}}""" },
        { "two params, the first null", """{"id":1,"method":"list","params":null,"params":{}}""" },
        { "another jsonrpc", """{"jsonrpc":"1.0","id":1,"method":"list"}""" },
        { "a jsonrpc that is a number", """{"jsonrpc":2.0,"id":1,"method":"list"}""" },
        { "two jsonrpc", """{"jsonrpc":"2.0","jsonrpc":"2.0","id":1,"method":"list"}""" },
        { "trailing bytes", """{"id":1,"method":"list"}x""" },
        { "a second object", """{"id":1,"method":"list"}{}""" },
        { "a trailing comma", """{"id":1,"method":"list",}""" },
        { "a comment", """{"id":1,/**/"method":"list"}""" },
        { "a byte order mark", "\uFEFF{\"id\":1,\"method\":\"list\"}" },
        { "an unfinished object", """{"id":1,"method":"list" """ },
        { "a lone surrogate in the method", """{"id":1,"method":"\ud800"}""" },
        { "a lone surrogate in a member's name", """{"id":1,"\udc00":"list"}""" },
        { "a lone surrogate in the params", """{"id":1,"method":"use","params":{"params":{"data":"\ud800"}}}""" },
        { "a lone surrogate in a name in the params", """{"id":1,"method":"use","params":{"params":{"\ud800":"data"}}}""" },
        { "a NUL byte", "{\"id\":1,\"method\":\"li\0st\"}" },
        { "depth 65", $$"""{"id":1,"method":"use","params":{{Nested(64)}}}""" },
        { "depth 20,000", $$"""{"id":1,"method":"use","params":{{Nested(20_000)}}}""" },
    };

    [Theory]
    [MemberData(nameof(NotRequests))]
    public void What_is_not_a_request_is_refused(string what, string payload)
    {
        var refusal = Assert.Throws<RpcException>(() => Parse(payload));
        Assert.True(refusal.Error.Code == ErrorCode.InvalidRequest, what);
        Assert.NotNull(refusal.Error.Suggestion);
    }

    [Theory]
    [InlineData("ff")]
    [InlineData("c080")]
    [InlineData("eda080")]
    [InlineData("f4908080")]
    [InlineData("e282")]
    public void Bytes_that_are_not_utf_8_are_refused(string hex)
    {
        byte[] inMethod = [.. """{"id":1,"method":"li"""u8, .. Convert.FromHexString(hex), .. "\"}"u8];
        byte[] inParams = [.. """{"id":1,"method":"use","params":{"params":{"data":"x"""u8, .. Convert.FromHexString(hex), .. "\"}}}"u8];
        Assert.Equal(ErrorCode.InvalidRequest, Assert.Throws<RpcException>(() => RpcRequest.Parse(inMethod, out _)).Error.Code);
        Assert.Equal(ErrorCode.InvalidRequest, Assert.Throws<RpcException>(() => RpcRequest.Parse(inParams, out _)).Error.Code);
    }

    [Theory]
    [InlineData("""{"id":7,"method":"list","params":{}}""")]
    [InlineData("""{"id":7,"method":"list"}""")]
    [InlineData("""{"id":7,"method":"list","params":null}""")]
    [InlineData("""  { "params" : { } , "method" : "list" , "id" : 7 }  """)]
    [InlineData("""{"id":7,"m\u0065thod":"l\u0069st"}""")]
    public void A_request_may_be_spelt_in_any_way_that_json_allows(string payload)
    {
        var request = Parse(payload);
        Assert.Equal((7, "list", false), (request.Id, request.Method, request.JsonRpc));
        Assert.Equal(new ListParams(), request.ReadParams(RequestJson.Default.ListParams));
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    [InlineData(0)]
    public void Every_64_bit_id_is_mirrored(long id)
    {
        Assert.Equal(id, Parse($$"""{"id":{{id}},"method":"list"}""").Id);
    }

    [Fact]
    public void Depth_64_is_accepted() => Parse($$"""{"id":1,"method":"use","params":{{Nested(63)}}}""");

    [Fact]
    public void A_jsonrpc_member_is_noticed() => Assert.True(Parse("""{"jsonrpc":"2.0","id":1,"method":"list"}""").JsonRpc);

    [Theory]
    [InlineData("""{"id":9,"method":5}""", 9)]
    [InlineData("""{"method":5,"id":9}""", 0)]
    public void A_bad_requests_id_is_known_once_it_was_read(string payload, long expected)
    {
        long id = -1;
        Assert.Throws<RpcException>(() => RpcRequest.Parse(Encoding.UTF8.GetBytes(payload), out id));
        Assert.Equal(expected, id);
    }

    [Fact]
    public void Random_bytes_are_refused_and_nothing_else_happens() => Gen.Byte.Array[0, 200].Sample(OnlyRefuses);

    [Fact]
    public void A_damaged_request_is_read_or_refused_and_nothing_else_happens()
    {
        var sample = """{"jsonrpc":"2.0","id":12,"method":"use","params":{"path":"a/b","operation":"sign","params":{"data":"\u00e9\ud83d\ude00x"}}}"""u8.ToArray();
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
            RpcRequest.Parse(payload, out _).ReadParams(RequestJson.Default.UseParams);
        }
        catch (RpcException refusal)
        {
            Assert.True(refusal.Error.Code is ErrorCode.InvalidRequest or ErrorCode.InvalidParams);
        }
    }

    private static RpcRequest Parse(string payload) => RpcRequest.Parse(Encoding.UTF8.GetBytes(payload), out _);

    private static string Nested(int depth) =>
        string.Concat(Enumerable.Repeat("{\"a\":", depth - 1)) + "{}" + new string('}', depth - 1);
}
