using System.Text;

namespace Sanctum.Protocol.Tests;

public sealed class UseRequestTests
{
    [Theory]
    [InlineData("{}", "path")]
    [InlineData("null", "path")]
    [InlineData("""{"path":"a"}""", "operation")]
    [InlineData("""{"path":null,"operation":"sign"}""", "path")]
    [InlineData("""{"path":7,"operation":"sign"}""", "path")]
    [InlineData("""{"path":"a","operation":null}""", "operation")]
    [InlineData("""{"path":"a","operation":["sign"]}""", "operation")]
    [InlineData("""{"path":"a","operation":"sign","session_id":7}""", "session_id")]
    [InlineData("""{"path":"a","path":"b","operation":"sign"}""", "path")]
    [InlineData("""{"path":"a","p\u0061th":"b","operation":"sign"}""", "path")]
    [InlineData("""{"path":"a","operation":"sign","operation":"sign"}""", "operation")]
    [InlineData("""{"path":"a","operation":"sign","session_id":null,"session_id":"x"}""", "session_id")]
    [InlineData("""{"path":"a","operation":"sign","params":null,"params":{}}""", "params")]
    [InlineData("""{"path":"a","operation":"sign","extra":1}""", "extra")]
    [InlineData("""{"path":"a","operation":"sign","Params":{}}""", "Params")]
    [InlineData("""{"path":"a","operation":"sign","sk_live_51H":1}""", "params")]
    [InlineData("""{"path":"a","operation":"sign","a\u001b[2J":1}""", "params")]
    public void A_bad_member_is_refused_by_name_where_it_could_be_one(string parameters, string member)
    {
        var refusal = Assert.Throws<RpcException>(() => Read(parameters));
        Assert.Equal(ErrorCode.InvalidParams, refusal.Error.Code);
        Assert.Equal(member, refusal.Error.Context?.GetProperty("member").GetString());
    }

    [Fact]
    public void A_name_that_is_longer_than_any_is_refused()
    {
        foreach (var member in new[] { "path", "operation", "session_id" })
        {
            var others = string.Concat(new[] { "path", "operation" }.Where(other => other != member).Select(other => $"\"{other}\":\"x\","));
            var refusal = Assert.Throws<RpcException>(() => Read($$"""{{{others}}"{{member}}":"{{new string('x', 1_000_000)}}"}"""));
            Assert.Equal(member, refusal.Error.Context?.GetProperty("member").GetString());
        }
    }

    [Fact]
    public void Only_one_dialect_sends_a_session_along()
    {
        const string parameters = """{"path":"a","operation":"sign","session_id":"s"}""";
        Assert.Equal("s", Read(parameters).SessionId);
        Assert.Throws<RpcException>(() => Read(parameters, takesSession: false));
    }

    [Theory]
    [InlineData("""{"path":"a","operation":"sign"}""", "")]
    [InlineData("""{"path":"a","operation":"sign","params":null,"session_id":null}""", "")]
    [InlineData("""{"params": {"data":"pä \u2603","n":[1,2.5,true,null]} , "operation":"s\u0069gn","path":"a"}""", """{"data":"pä \u2603","n":[1,2.5,true,null]}""")]
    [InlineData("""{"path":"a","operation":"sign","params":[1]}""", "[1]")]
    [InlineData("""{"path":"a","operation":"sign","params":"x"}""", "\"x\"")]
    public void The_operations_parameters_stay_as_they_were_sent(string parameters, string expected)
    {
        var use = Read(parameters);
        Assert.Equal(("a", "sign", null, expected), (use.Path, use.Operation, use.SessionId, Encoding.UTF8.GetString(use.Params.Span)));
    }

    private static UseRequest Read(string parameters, bool takesSession = true) =>
        RpcRequest.Parse(Encoding.UTF8.GetBytes($$"""{"id":1,"method":"x","params":{{parameters}}}"""), out _).ReadUse(takesSession);
}
