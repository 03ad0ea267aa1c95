using System.Text;
using Sanctum.Protocol.Framing;
using Sanctum.Protocol.Messages;

namespace Sanctum.Protocol.Tests;

/// <summary>A request that is over a limit is refused before anything is made of it.</summary>
public sealed class RequestLimitTests
{
    private static readonly Dictionary<string, (string Request, string Part, int Times)> Requests = new()
    {
        ["numbers"] = ("""{"id":7,"method":"use","params":{"params":{"data":[@0]}}}""", "0,", 2_000_000),
        ["members"] = ("""{"id":7,"method":"use","params":{"params":{@"z":0}}}""", "\"a\":0,", 500_000),
        ["arrays"] = ("""{"id":7,"method":"use","params":{"params":[@[]]}}""", "[],", 500_000),
        ["digits"] = ("""{"id":7,"method":"use","params":{"params":{"lifetime":@}}}""", "9", 2_000_000),
        ["digits of an exponent"] = ("""{"id":7,"method":"use","params":{"params":{"lifetime":1e@}}}""", "9", 2_000_000),
        ["digits of another id"] = ("""{"id":7,"method":"use","id":@}""", "9", 2_000_000),
        ["a name"] = ("""{"id":7,"method":"use","params":{"@":1}}""", "n", 4_000_000),
        ["a name of the request's"] = ("""{"id":7,"@":1}""", "n", 4_000_000),
        ["a name in escapes"] = ("""{"id":7,"method":"use","params":{"@":1}}""", "\\u006e", 500_000),
        ["a word that is none"] = ("""{"id":7,"method":"list","params":n@}""", "x", 4_000_000),
        ["half a character after many escapes"] = ("""{"id":7,"method":"use","params":{"params":"@\ud800"}}""", "\\n", 1_000_000),
    };

    public static TheoryData<string> TooMuch => [.. Requests.Keys];

    [Theory]
    [MemberData(nameof(TooMuch))]
    public void It_is_refused_under_its_id_and_costs_no_memory(string what)
    {
        var (request, part, times) = Requests[what];
        var payload = Filled(request, part, times);
        Refuse(payload);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var (id, error) = Refuse(payload);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal((7, ErrorCode.InvalidRequest), (id, error.Code));
        Assert.True(allocated < 64 * 1024, $"{what}: {allocated} bytes");
    }

    [Fact]
    public void A_long_text_is_looked_through_and_nothing_is_made_of_it()
    {
        var payload = Filled("""{"id":7,"method":"use","params":{"path":"a","operation":"sign","params":{"data":"@"}}}""", "\\ud83d\\ude00\\n", 200_000);
        RpcRequest.Parse(payload, out _);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var use = RpcRequest.Parse(payload, out _).ReadUse(takesSession: true);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8 * 1024);
        Assert.Equal(payload.Length - use.Params.Length, """{"id":7,"method":"use","params":{"path":"a","operation":"sign","params":}}""".Length);
    }

    [Theory]
    [InlineData(FrameLimits.Tokens)]
    [InlineData(300)]
    public void A_request_with_as_many_tokens_as_the_limit_is_read(int most)
    {
        // Braces, names and values of the request, and the array's brackets, are tokens too.
        byte[] Numbers(int count) => Filled("""{"id":7,"method":"use","params":{"a":[@0]}}""", "0,", count - 1);
        const int around = 12;
        RpcRequest.Parse(Numbers(most - around), out _, most);
        Assert.Throws<RpcException>(() => RpcRequest.Parse(Numbers(most - around + 1), out _, most));
    }

    [Fact]
    public void A_method_that_takes_names_takes_no_megabytes()
    {
        var request = RpcRequest.Parse(Filled("""{"id":7,"method":"list","params":{"prefix":"@"}}""", "x", 1_000_000), out _);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var refusal = Assert.Throws<RpcException>(() => request.ReadParams(RequestJson.Default.ListParams));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 * 1024);
        Assert.Equal(ErrorCode.InvalidParams, refusal.Error.Code);
    }

    [Fact]
    public void A_methods_name_that_is_longer_than_any_is_none() =>
        Assert.Equal("", RpcRequest.Parse(Filled("""{"id":7,"method":"@"}""", "x", 1_000_000), out _).Method);

    [Theory]
    [InlineData("""{"jsonrpc":null,"id":1,"method":"list","params":null}""")]
    [InlineData("""{"id":1,"method":"list","params":{"session_id":null,"prefix":null,"limit":null,"cursor":null}}""")]
    public void Null_is_as_good_as_left_out(string json)
    {
        var request = RpcRequest.Parse(Encoding.UTF8.GetBytes(json), out _);
        Assert.Equal((new ListParams(), false), (request.ReadParams(RequestJson.Default.ListParams), request.JsonRpc));
    }

    private static byte[] Filled(string request, string part, int times) =>
        Encoding.UTF8.GetBytes(request.Replace("@", new StringBuilder(part.Length * times).Insert(0, part, times).ToString(), StringComparison.Ordinal));

    private static (long Id, RpcError Error) Refuse(byte[] payload)
    {
        long id = -1;
        var error = Assert.Throws<RpcException>(() => RpcRequest.Parse(payload, out id)).Error;
        return (id, error);
    }
}
