using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;

namespace Sanctum.Daemon.Tests.Rpc;

public sealed class FrameTests
{
    public static IEnumerable<TheoryDataRow<string>> Malformed =>
    [
        new("""{"id":1}"""),
        new("""{"method":"list"}"""),
        new("""{"id":1,"method":"list","params":[]}"""),
        new("""{"id":1,"method":"list","params":{}}x"""),
        new("""{"id":1,"id":2,"method":"list"}"""),
        new("""{"id":"1","method":"list"}"""),
        new("""{"id":1.5,"method":"list"}"""),
        new("""{"id":null,"method":"list"}"""),
        new("""{"Id":1,"method":"list"}"""),
        new("""{"id":1,"method":"list","extra":1}"""),
        new("""{"jsonrpc":"1.0","id":1,"method":"list"}"""),
        new("""[{"id":1,"method":"list"}]"""),
        new("not json"),
        new("""{"id":1,"method":"list","params":{"a":""" + new string('[', 70) + new string(']', 70) + "}}"),
    ];

    [Theory]
    [MemberData(nameof(Malformed))]
    public async Task A_frame_that_is_no_request_is_refused_and_the_connection_lives_on(string json)
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();
        var wire = await vault.SignInAsync();

        var reply = await wire.CallRawAsync(json);

        Assert.Equal(JsonValueKind.Number, reply.GetProperty("id").ValueKind);
        Assert.Equal("INVALID_REQUEST", reply.GetProperty("error").GetProperty("code").GetString());
        await wire.CallAsync("lease_status");
    }

    [Fact]
    public async Task A_request_whose_id_could_be_read_is_refused_under_it()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();
        var wire = await vault.ConnectAsync();

        Assert.Equal(77, (await wire.CallRawAsync("""{"id":77,"params":{}}""")).GetProperty("id").GetInt64());
        Assert.Equal(0, (await wire.CallRawAsync("""{"id":"77","method":"list"}""")).GetProperty("id").GetInt64());
    }

    [Theory]
    [InlineData("list", """{"limit":"1"}""", "limit")]
    [InlineData("list", """{"Prefix":"a"}""", "Prefix")]
    [InlineData("retrieve", "{}", "path")]
    [InlineData("retrieve", """{"path":null}""", "path")]
    [InlineData("retrieve", """{"path":"a","path":"b"}""", "path")]
    [InlineData("retrieve", """{"path":"../x"}""", "path")]
    [InlineData("retrieve", """{"path":"app/api_key","ttl":0}""", "ttl")]
    [InlineData("retrieve", """{"path":"app/api_key","ttl":-1}""", "ttl")]
    [InlineData("retrieve", """{"path":"app/api_key","ttl":9223372036854775807}""", "ttl")]
    [InlineData("retrieve", """{"path":"app/api_key","ttl":1.5}""", "ttl")]
    [InlineData("challenge_response", """{"signature":"zz"}""", "signature")]
    public async Task Bad_parameters_are_refused_by_name(string method, string parameters, string member)
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();
        var wire = await vault.SignInAsync();
        await wire.CallAsync("authenticate", """{"agent_name":"worker"}""");

        var error = await wire.RefusedAsync(method, parameters);

        Assert.Equal("INVALID_PARAMS", error.GetProperty("code").GetString());
        Assert.Equal(member, error.GetProperty("context").GetProperty("member").GetString());
    }

    [Theory]
    [InlineData("List")]
    [InlineData("nope")]
    [InlineData("")]
    public async Task Unknown_methods_are_told_so(string method)
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();
        var wire = await vault.ConnectAsync();

        Assert.Equal("METHOD_NOT_FOUND", await wire.CodeAsync(method));
    }

    [Fact]
    public async Task Before_signing_in_a_frame_has_at_most_4_KiB()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();
        var (fits, tooLong) = (await vault.ConnectAsync(), await vault.ConnectAsync());

        await fits.SendAsync(AgentWire.Frame(Padded(4096)));
        Assert.Equal("AUTH_FAILED", (await fits.ReadAsync()).GetProperty("error").GetProperty("code").GetString());

        // Its length alone is enough: nothing of the payload was sent.
        await tooLong.SendAsync(Prefix(4097));
        Assert.True(await tooLong.IsClosedAsync());
    }

    [Fact]
    public async Task After_signing_in_a_frame_has_at_most_4_MiB()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();
        var wire = await vault.SignInAsync();

        await wire.SendAsync(AgentWire.Frame(Padded(4 * 1024 * 1024)));
        Assert.True((await wire.ReadAsync()).TryGetProperty("result", out _));
        await wire.SendAsync(Prefix((4 * 1024 * 1024) + 1));
        Assert.True(await wire.IsClosedAsync());
    }

    [Fact]
    public async Task The_larger_limit_is_lost_with_the_session()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();
        var wire = await vault.SignInAsync();

        await wire.CallAsync("logout");
        await wire.SendAsync(Prefix(4097));

        Assert.True(await wire.IsClosedAsync());
    }

    [Fact]
    public async Task A_session_that_is_over_still_gets_a_response_to_a_large_frame()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();
        var wire = await vault.SignInAsync();
        await using var api = await vault.OperatorAsync();
        await api.RemoveAgentAsync("worker");

        await wire.SendAsync(AgentWire.Frame(Padded(100_000)));

        Assert.Equal("SESSION_EXPIRED", (await wire.ReadAsync()).GetProperty("error").GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_frame_may_arrive_a_byte_at_a_time()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();
        var wire = await vault.SignInAsync();

        foreach (var part in AgentWire.Frame("""{"id":3,"method":"lease_status"}"""))
        {
            await wire.SendAsync([part]);
        }

        Assert.Equal(3, (await wire.ReadAsync()).GetProperty("id").GetInt64());
    }

    [Fact]
    public async Task The_vectors_frames_are_read_and_the_bad_ones_refused()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();

        foreach (var vector in Vectors.Load("frames.json", "frames").Where(vector => vector.GetProperty("message").TryGetProperty("method", out _)))
        {
            var wire = await vault.SignInAsync();
            await wire.SendAsync(Convert.FromHexString(vector.GetProperty("frame_hex").GetString()!));
            Assert.Equal(vector.GetProperty("message").GetProperty("id").GetInt64(), (await wire.ReadAsync()).GetProperty("id").GetInt64());
        }

        foreach (var vector in Vectors.Load("frames.json", "refused"))
        {
            var wire = await vault.SignInAsync();
            var frame = Convert.FromHexString(vector.GetProperty("frame_hex").GetString()!);
            await wire.SendAsync(frame);
            if (frame.Length == 4)
            {
                Assert.True(await wire.IsClosedAsync(), vector.GetProperty("name").GetString());
                continue;
            }

            // "invalid UTF-8" claims more bytes than it has: what follows completes it.
            var missing = BinaryPrimitives.ReadInt32BigEndian(frame) + 4 - frame.Length;
            await wire.SendAsync(new byte[Math.Max(0, missing)]);
            Assert.Equal("INVALID_REQUEST", (await wire.ReadAsync()).GetProperty("error").GetProperty("code").GetString());
        }
    }

    [Fact]
    public async Task A_connection_that_does_not_sign_in_in_time_is_closed()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync(options => options with { TimeProvider = time });
        var (idle, busy, signedIn) = (await vault.ConnectAsync(), await vault.ConnectAsync(), await vault.SignInAsync());
        await busy.CodeAsync("list");
        await idle.CodeAsync("list");

        time.Advance(TimeSpan.FromSeconds(29));
        await busy.CodeAsync("list");
        time.Advance(TimeSpan.FromSeconds(2));

        Assert.True(await idle.IsClosedAsync());
        Assert.True(await busy.IsClosedAsync());
        await signedIn.CallAsync("list");
    }

    [Fact]
    public async Task A_frame_that_is_not_completed_in_time_closes_the_connection()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync(options => options with { TimeProvider = time });
        var (stuck, idle) = (await vault.SignInAsync(), await vault.SignInAsync());

        // The response to the first shows that the half of the second has been read with it, or is about to be.
        await stuck.SendAsync([.. AgentWire.Frame("""{"id":1,"method":"lease_status"}"""), .. Prefix(100), 1]);
        await stuck.ReadAsync();
        var closed = stuck.IsClosedAsync();
        await time.PassUntilAsync(closed, TimeSpan.FromSeconds(31), most: 100);

        Assert.True(await closed);
        await idle.CallAsync("lease_status");
    }

    private static byte[] Prefix(int length)
    {
        var prefix = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(prefix, length);
        return prefix;
    }

    // A valid request of exactly so many bytes: white space may follow the object.
    private static string Padded(int size) =>
        new StringBuilder("""{"id":1,"method":"lease_status"}""").Append(' ', size - """{"id":1,"method":"lease_status"}""".Length).ToString();
}
