using System.Net;
using System.Net.Sockets;
using System.Text;
using Sanctum.Cli.Runs.Inside;

namespace Sanctum.Cli.Tests.Runs.Inside;

/// <summary>Messages of DNS, over a real socket where they are replied to.</summary>
public sealed class NameQueryTests
{
    private const string Header = "ab12 0100 0001 0000 0000 0000 ";

    private static readonly HostAddresses Addresses = new();

    [Fact]
    public async Task A_name_has_an_address_that_leads_back_to_it()
    {
        var addresses = new HostAddresses();
        await using var server = new NameServer(addresses, port: 0);

        var first = await AskAsync(server, Header + Name("api.Example.com") + "0001 0001");
        var second = await AskAsync(server, Header + Name("other.example") + "0001 0001");
        var again = await AskAsync(server, Header + Name("API.example.com") + "0001 0001");

        Assert.Equal("ab12 8180 0001 0001 0000 0000 " + Name("api.Example.com") + "0001 0001 c00c 0001 0001 0000012c 0004 7f400001", first, ignoreAllWhiteSpace: true);
        Assert.EndsWith("7f400002", second, StringComparison.Ordinal);
        Assert.EndsWith("7f400001", again, StringComparison.Ordinal);
        Assert.Equal(("api.example.com", "other.example", null), (addresses.NameOf(IPAddress.Parse("127.64.0.1")), addresses.NameOf(IPAddress.Parse("127.64.0.2")), addresses.NameOf(IPAddress.Parse("127.64.0.3"))));
        Assert.Null(addresses.NameOf(IPAddress.Loopback));
        Assert.Null(addresses.NameOf(IPAddress.IPv6Loopback));
    }

    [Theory]
    [InlineData("001c 0001", "8180 0001 0000")] // AAAA: it has none, and the next question is for an A.
    [InlineData("0041 0001", "8180 0001 0000")] // HTTPS
    [InlineData("0001 0003", "8180 0001 0000")] // Chaos
    public void Other_questions_have_an_empty_response(string question, string replied) =>
        Assert.StartsWith("ab12 " + replied + " 0000 0000", Spaced(Reply(Header + Name("a.example") + question)), StringComparison.Ordinal);

    [Fact]
    public void This_machine_keeps_its_name() => Assert.EndsWith("7f000001", Reply(Header + Name("localhost") + "0001 0001"), StringComparison.Ordinal);

    [Theory]
    [InlineData("a b.example")]
    [InlineData("a\r\nHost: b.example")]
    [InlineData("a:443.example")]
    [InlineData("")]
    public void What_is_no_name_of_a_host_does_not_exist(string name) =>
        Assert.StartsWith("ab12 8183 0001 0000", Spaced(Reply(Header + Name(name) + "0001 0001")), StringComparison.Ordinal);

    [Theory]
    [InlineData("ab12 0100 0002 0000 0000 0000 0161 00 0001 0001")] // two questions
    [InlineData("ab12 0100 0001 0000 0000 0000 0161 00 0001")] // without class
    [InlineData("ab12 0100 0001 0000 0000 0000 0561")] // a label that is cut off
    [InlineData("ab12 0100 0001 0000 0000 0000 c00c 0001 0001")] // a name that points to itself
    public void What_can_not_be_read_is_said_to_be_so(string query) => Assert.Equal("ab12 8181 0000 0000 0000 0000", Spaced(Reply(query)));

    [Fact]
    public void Another_operation_is_not_implemented() => Assert.Equal("ab12 a884 0000 0000 0000 0000", Spaced(Reply("ab12 2800 0001 0000 0000 0000 0161 00 0006 0001")));

    [Theory]
    [InlineData("")]
    [InlineData("ab12 0100 0001")]
    [InlineData("ab12 8180 0001 0001 0000 0000 0161 00 0001 0001")]
    public void A_response_and_what_is_too_short_have_none(string message) => Assert.Null(NameQuery.Reply(Bytes(message), Addresses));

    [Fact]
    public void There_is_an_end_to_names()
    {
        var addresses = new HostAddresses();
        for (var i = 0; i < HostAddresses.Most; i++)
        {
            Assert.NotNull(addresses.Of($"n{i}.example"));
        }

        Assert.Null(addresses.Of("one.more"));
        Assert.Equal(IPAddress.Parse("127.64.0.1"), addresses.Of("N0.example"));
        Assert.StartsWith("ab12 8182 0001 0000", Spaced(Convert.ToHexStringLower(NameQuery.Reply(Bytes(Header + Name("one.more") + "0001 0001"), addresses)!)), StringComparison.Ordinal);
    }

    private static async Task<string> AskAsync(NameServer server, string query)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(server.EndPoint);
        await socket.SendAsync(Bytes(query));
        var reply = new byte[NameQuery.Longest];
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        return Convert.ToHexStringLower(reply.AsSpan(0, await socket.ReceiveAsync(reply, patience.Token)));
    }

    private static string Reply(string query) => Convert.ToHexStringLower(NameQuery.Reply(Bytes(query), Addresses)!);

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));

    private static string Spaced(string hex) => string.Join(' ', hex.Chunk(4).Select(four => new string(four)));

    private static string Name(string name) =>
        string.Concat(name.Split('.', StringSplitOptions.RemoveEmptyEntries).Select(label => $"{label.Length:x2}{Convert.ToHexStringLower(Encoding.Latin1.GetBytes(label))} ")) + "00 ";
}
