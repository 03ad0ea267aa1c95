using Sanctum.Daemon.Proxy;

namespace Sanctum.Daemon.Tests.Proxy;

public sealed class HostPortTests
{
    [Theory]
    [InlineData("api.example.com:443", "api.example.com", 443)]
    [InlineData("API.Example.COM:443", "api.example.com", 443)]
    [InlineData("localhost:8443", "localhost", 8443)]
    [InlineData("127.0.0.1:1", "127.0.0.1", 1)]
    [InlineData("[::1]:443", "::1", 443)]
    [InlineData("[0:0::0001]:443", "::1", 443)]
    [InlineData("my_host.example:65535", "my_host.example", 65535)]
    public void A_target_has_one_spelling(string text, string host, int port)
    {
        Assert.True(HostPort.TryParse(text, defaultPort: null, out var target));
        Assert.Equal((host, port), (target.Host, target.Port));
    }

    [Theory]
    [InlineData("")]
    [InlineData(":443")]
    [InlineData("example.com")]
    [InlineData("example.com:")]
    [InlineData("example.com:0")]
    [InlineData("example.com:0443")]
    [InlineData("example.com:+443")]
    [InlineData("example.com:65536")]
    [InlineData("example.com:443 ")]
    [InlineData("example.com.:443")]
    [InlineData("exam ple.com:443")]
    [InlineData("user@example.com:443")]
    [InlineData("example.com/x:443")]
    [InlineData("-example.com:443")]
    [InlineData("exämple.com:443")]
    [InlineData("127.1:443")]
    [InlineData("2130706433:443")]
    [InlineData("0x7f000001:443")]
    [InlineData("::1:443")]
    [InlineData("[::1%25lo]:443")]
    [InlineData("[::1%lo]:443")]
    [InlineData("[127.0.0.1]:443")]
    [InlineData("[::1]")]
    [InlineData("[[::1]]:443")]
    [InlineData("*.example.com:443")]
    public void What_is_no_target_is_refused(string text) => Assert.False(HostPort.TryParse(text, defaultPort: null, out _));

    [Fact]
    public void A_label_and_a_name_have_their_lengths()
    {
        Assert.True(HostPort.TryParse($"{new string('a', 63)}.example:1", null, out _));
        Assert.False(HostPort.TryParse($"{new string('a', 64)}.example:1", null, out _));
        Assert.False(HostPort.TryParse($"{string.Join('.', Enumerable.Repeat("abcdefghi", 26))}:1", null, out _));
    }

    [Theory]
    [InlineData("example.com:443", true, "example.com")]
    [InlineData("example.com:443", false, "example.com:443")]
    [InlineData("example.com:80", false, "example.com")]
    [InlineData("[::1]:443", true, "[::1]")]
    [InlineData("[::1]:8443", true, "[::1]:8443")]
    public void The_schemes_own_port_is_left_out_and_brackets_are_there_once(string text, bool secure, string authority)
    {
        Assert.True(HostPort.TryParse(text, null, out var target));
        Assert.Equal(authority, target.Authority(secure));
    }
}
