using Sanctum.Mcp.Wrapping;

namespace Sanctum.Mcp.Tests.Wrapping;

/// <summary>Headers for a server elsewhere: what exists is valid, whoever made it.</summary>
public sealed class ServerHeadersTests
{
    // The library puts values on the wire as they are.
    [Theory]
    [InlineData("X-Version", "2\r\nHost: other.example")]
    [InlineData("X-Version", "2\n")]
    [InlineData("X-Version", "2\0")]
    [InlineData("X-Version", "\u0661")]
    [InlineData("X-Version", " 2")]
    [InlineData("X-Version:", "2")]
    [InlineData("X-Version\r\nHost", "2")]
    [InlineData("", "2")]
    [InlineData("hOST", "other.example")]
    [InlineData("mcp-session-id", "s")]
    [InlineData("proxy-authorization", "x")]
    [InlineData("content-encoding", "gzip")]
    public void What_would_make_another_request_of_it_is_refused(string name, string value)
    {
        Assert.Throws<FormatException>(() => ServerHeaders.Of([KeyValuePair.Create(name, value)], withCredential: false));
        Assert.NotNull(ServerHeaders.WhyNot(name, value, withCredential: false));
    }

    [Theory]
    [InlineData("Authorization")]
    [InlineData("cookie")]
    public void A_header_for_a_secret_is_refused_where_the_vault_adds_one(string name)
    {
        Assert.Throws<FormatException>(() => ServerHeaders.Of([KeyValuePair.Create(name, "x")], withCredential: true));
        Assert.Single(ServerHeaders.Of([KeyValuePair.Create(name, "x")], withCredential: false).Values);
    }

    [Fact]
    public void As_many_as_there_can_be_are_taken_and_no_more()
    {
        Assert.Equal(ServerHeaders.Most, ServerHeaders.Of(Many(ServerHeaders.Most), withCredential: false).Values.Count);
        Assert.Throws<FormatException>(() => ServerHeaders.Of(Many(ServerHeaders.Most + 1), withCredential: false));
        Assert.Single(ServerHeaders.Of([KeyValuePair.Create("X", new string('a', ServerHeaders.MostBytes - 1))], withCredential: false).Values);
        Assert.Throws<FormatException>(() => ServerHeaders.Of([KeyValuePair.Create("X", new string('a', ServerHeaders.MostBytes))], withCredential: false));
        Assert.Throws<FormatException>(() => ServerHeaders.Of([KeyValuePair.Create("X-A", "1"), KeyValuePair.Create("x-a", "2")], withCredential: false));
    }

    private static IEnumerable<KeyValuePair<string, string>> Many(int count) => Enumerable.Range(0, count).Select(it => KeyValuePair.Create($"X-{it}", "1"));
}
