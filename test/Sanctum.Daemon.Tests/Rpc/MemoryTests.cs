using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Sanctum.Daemon.Admin;
using Sanctum.Upstream;

namespace Sanctum.Daemon.Tests.Rpc;

/// <summary>No agent takes the memory of the daemon: not with requests that never end, not with replies that it does not read.</summary>
public sealed class MemoryTests
{
    private const int MiB = 1024 * 1024;

    [Fact]
    public async Task Requests_that_never_end_hold_no_more_than_their_agents_share()
    {
        await using var vault = await VaultFixture.CreateAsync();
        vault.Configure("""{"limits":{"frame_timeout":600}}""");
        using var daemon = await DaemonProcess.StartAsync(vault);
        var healthy = await vault.SignInAsync();
        await healthy.CallAsync("list");
        var before = daemon.ResidentBytes;
        var flood = new List<Task<int>>();
        for (var i = 0; i < 48; i++)
        {
            var wire = await vault.ConnectAsync();
            await wire.SignInAsync("stranger", vault.Stranger);
            flood.Add(FillAsync(wire.Socket, (4 * MiB) - 100, 4 * MiB));
        }

        // What is taken of the flood is taken by now: all of it would be 190 MiB.
        for (var i = 0; i < 200; i++)
        {
            await healthy.CallAsync("list");
        }

        Assert.InRange((daemon.ResidentBytes - before) / MiB, 0, 64);

        // Another agent still has room for a large request.
        await healthy.SendAsync(AgentWire.Frame(Padded(4 * MiB)));
        Assert.True((await healthy.ReadAsync()).TryGetProperty("result", out _));
    }

    [Fact]
    public async Task Replies_that_nobody_reads_hold_no_more_than_their_agents_share()
    {
        await using var vault = await VaultFixture.CreateAsync((opened, by) =>
            opened.Credentials.StoreAsync(by, Credentials.CredentialPath.Parse("app/seal"), "CANARY-a key that is long enough to encrypt with"u8.ToArray()));
        using var daemon = await DaemonProcess.StartAsync(vault);
        var healthy = await vault.ConnectAsync();
        await healthy.SignInAsync("stranger", vault.Stranger);
        await healthy.CallAsync("list");
        var before = daemon.ResidentBytes;
        var request = Use("app/seal", "encrypt", MiB);
        var flood = new List<Task>();
        for (var i = 0; i < 16; i++)
        {
            var wire = await vault.SignInAsync();
            flood.Add(SendUntilFullAsync(wire.Socket, request, 12));
        }

        for (var i = 0; i < 200; i++)
        {
            await healthy.CallAsync("list");
        }

        // 192 requests, and as many replies of a third more.
        Assert.InRange((daemon.ResidentBytes - before) / MiB, 0, 128);
    }

    // Their requests are of a few bytes, so nothing is taken for them beforehand.
    [Theory]
    [InlineData("list")]
    [InlineData("credential.list")]
    public async Task Long_lists_that_nobody_reads_hold_no_more_than_their_agents_share(string method)
    {
        await using var vault = await VaultFixture.CreateAsync((opened, by) => Task.WhenAll(Enumerable.Range(0, 1500).Select(i =>
            opened.Credentials.StoreAsync(by, Credentials.CredentialPath.Parse($"app/{i:0000}"), "CANARY-of-many"u8.ToArray(), new() { Description = new string('d', 500) }))));
        vault.Configure("""{"limits":{"frame_timeout":600,"reply_timeout":600}}""");
        using var daemon = await DaemonProcess.StartAsync(vault);
        var healthy = await vault.ConnectAsync();
        await healthy.SignInAsync("stranger", vault.Stranger);
        await healthy.CallAsync("list");
        var before = daemon.ResidentBytes;
        var wires = new List<AgentWire>();
        for (var i = 0; i < 16; i++)
        {
            var wire = await vault.SignInAsync();
            wires.Add(wire);
            await wire.SendAsync([.. Enumerable.Range(1, 32).Select(id => AgentWire.Frame($$$"""{"id":{{{id}}},"method":"{{{method}}}"}"""))]);
        }

        // 512 replies of a megabyte; and another agent's request, which needs memory, is answered all the same.
        for (var i = 0; i < 20; i++)
        {
            await healthy.SendAsync(AgentWire.Frame(Padded(64 * 1024)));
            Assert.True((await healthy.ReadAsync().WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken)).TryGetProperty("result", out _));
        }

        Assert.InRange((daemon.ResidentBytes - before) / MiB, 0, 160);
        await Task.WhenAll(wires.Select(async wire =>
        {
            for (var i = 0; i < 32; i++)
            {
                Assert.True((await wire.ReadAsync()).TryGetProperty("result", out _));
            }
        }));
    }

    [Fact]
    public async Task A_large_secret_is_retrieved_a_few_times_at_once_and_all_get_it()
    {
        await using var vault = await VaultFixture.CreateAsync((opened, by) =>
            opened.Credentials.StoreAsync(by, Credentials.CredentialPath.Parse("app/large"), new byte[MiB]));
        using var daemon = await DaemonProcess.StartAsync(vault);
        var wires = new List<AgentWire>();
        for (var i = 0; i < 4; i++)
        {
            var wire = await vault.SignInAsync();
            wires.Add(wire);
            await wire.SendAsync([.. Enumerable.Range(1, 32).Select(id => AgentWire.Frame($$$"""{"id":{{{id}}},"method":"retrieve","params":{"path":"app/large"}}"""))]);
        }

        // 128 replies of 2 MiB wait to be read.
        await (await vault.SignInAsync()).CallAsync("lease_status");
        Assert.InRange(daemon.ResidentBytes / MiB, 0, 256);
        await Task.WhenAll(wires.Select(async wire =>
        {
            for (var i = 0; i < 32; i++)
            {
                Assert.True((await wire.ReadAsync()).TryGetProperty("result", out _));
            }
        }));
    }

    // A service's response is as long as it likes, whatever the request was: here as long as the agent's share has room for one. In JSON, some characters are six.
    [Theory]
    [InlineData("use", 'x', 2_000_000)]
    [InlineData("credential.use", 'x', 2_000_000)]
    [InlineData("use", '\u0001', 340_000)]
    public async Task A_response_of_a_service_waits_until_those_before_it_have_been_read(string method, char character, int length)
    {
        await using var upstream = Responding(new string(character, length));
        await using var vault = await WithServiceAsync(upstream);
        vault.Configure("""{"limits":{"frame_timeout":600,"reply_timeout":600,"request_frame":1048576,"request_memory":8}}""");
        await using var daemon = await vault.StartAsync();
        await using var by = await vault.OperatorAsync();
        List<AgentWire> wires = [await vault.SignInAsync(), await vault.SignInAsync(), await vault.SignInAsync()];
        foreach (var wire in wires)
        {
            await wire.SendAsync(Request(upstream, method));
        }

        await Eventually.Async(async () => await by.ReadAuditAsync(new AuditRequest(Action: "use.outcome")).CountAsync() == 3);
        await Eventually.Async(() => wires.Any(wire => wire.IsTold));
        await by.ReadAuditAsync(new AuditRequest(Last: 1)).CountAsync();
        while (wires.Count > 0)
        {
            await Eventually.Async(() => wires.Any(wire => wire.IsTold));
            var told = Assert.Single(wires, wire => wire.IsTold);
            Assert.True((await told.ReadAsync()).TryGetProperty("result", out _));
            wires.Remove(told);
        }
    }

    [Theory]
    [InlineData(3_900_000, 0)]
    [InlineData(2_000_000, 900_000)]
    public async Task A_response_that_is_longer_than_an_agents_share_is_delivered_all_the_same(int length, int sent)
    {
        await using var upstream = Responding(new string('x', length));
        await using var vault = await WithServiceAsync(upstream);
        vault.Configure("""{"limits":{"frame_timeout":10,"request_frame":1048576,"request_memory":8}}""");
        await using var daemon = await vault.StartAsync();
        var wire = await vault.SignInAsync();
        await wire.SendAsync(Request(upstream, "use", new string('y', sent)));
        Assert.Equal(length, (await wire.ReadAsync()).GetProperty("result").GetProperty("body").GetString()!.Length);
    }

    [Fact]
    public async Task A_response_that_finds_no_memory_for_too_long_is_not_taken_for_a_request_that_was_not_sent()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var upstream = Responding(new string('x', 2_000_000));
        await using var vault = await WithServiceAsync(upstream);
        vault.Configure("""{"limits":{"frame_timeout":30,"reply_timeout":3600,"request_frame":1048576,"request_memory":8}}""");
        await using var daemon = await vault.StartAsync(options => options with { TimeProvider = time });
        await using var by = await vault.OperatorAsync();
        var (first, second) = (await vault.SignInAsync(), await vault.SignInAsync());
        await first.SendAsync(Request(upstream, "use"));
        await Eventually.Async(() => first.IsTold);
        await second.SendAsync(Request(upstream, "use"));
        await Eventually.Async(async () => await by.ReadAuditAsync(new AuditRequest(Action: "use.outcome")).CountAsync() == 2);
        var reply = second.ReadAsync();
        await time.PassUntilAsync(reply, TimeSpan.FromSeconds(31), most: 20);
        var error = (await reply).GetProperty("error");
        Assert.Equal("RATE_LIMITED", error.GetProperty("code").GetString());
        Assert.Equal(1, error.GetProperty("context").GetProperty("sends").GetInt32());
        Assert.True((await first.ReadAsync()).TryGetProperty("result", out _));
    }

    [Fact]
    public async Task Who_waits_too_long_for_memory_is_told_so()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var gate = new GatedStore();
        await using var vault = await VaultFixture.CreateAsync();
        vault.Configure("""{"limits":{"frame_timeout":30,"request_frame":1048576,"request_memory":8}}""");
        await using var daemon = await vault.StartAsync(options => options with { TimeProvider = time }, gate: gate);
        var (first, second, other) = (await vault.SignInAsync(), await vault.SignInAsync(), await vault.ConnectAsync());
        await other.SignInAsync("stranger", vault.Stranger);

        // The first holds half of what there is, which is as much as an agent can have, until its entry is written.
        gate.Close();
        await first.SendAsync(Use("app/api_key", "sign", MiB - 1000));
        await gate.Arrived;
        await second.SendAsync(Prefix(MiB));

        var told = await ReadErrorAsync(second, time, gate);
        Assert.Equal("RATE_LIMITED", told.GetProperty("code").GetString());
        Assert.Contains("reached their memory limit", told.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.True(await second.IsClosedAsync());
        await other.CallAsync("lease_status");
        Assert.True((await first.ReadAsync()).TryGetProperty("result", out _));
    }

    // The gate is opened whatever comes, so that the daemon can stop.
    private static async Task<System.Text.Json.JsonElement> ReadErrorAsync(AgentWire wire, FakeTimeProvider time, GatedStore gate)
    {
        try
        {
            var reply = wire.ReadAsync();
            await time.PassUntilAsync(reply, TimeSpan.FromSeconds(31), most: 100);
            return (await reply).GetProperty("error");
        }
        finally
        {
            gate.Open();
        }
    }

    private static RawUpstream Responding(string body) => RawUpstream.Responding($"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\nContent-Type: text/plain\r\n\r\n{body}");

    private static Task<VaultFixture> WithServiceAsync(RawUpstream upstream) => VaultFixture.CreateAsync((opened, by) => opened.Credentials.StoreAsync(
        by, Credentials.CredentialPath.Parse("app/service"), "CANARY-service-0123456789"u8.ToArray(), new() { AllowedOrigins = [upstream.Origin] }));

    private static byte[] Request(RawUpstream upstream, string method, string body = "") => AgentWire.Frame(
        $$$$"""{"id":1,"method":"{{{{method}}}}","params":{"path":"app/service","operation":"http_request","params":{"method":"POST","url":"{{{{upstream.Origin}}}}/","body":"{{{{body}}}}"}}}""");

    private static byte[] Use(string path, string operation, int size) => AgentWire.Frame(
        $$$$"""{"id":1,"method":"use","params":{"path":"{{{{path}}}}","operation":"{{{{operation}}}}","params":{"data":"{{{{new string('x', size)}}}}"}}}""");

    private static string Padded(int size) =>
        new StringBuilder("""{"id":1,"method":"lease_status"}""").Append(' ', size - """{"id":1,"method":"lease_status"}""".Length).ToString();

    private static byte[] Prefix(int length)
    {
        var prefix = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(prefix, length);
        return prefix;
    }

    // Sends a part of a frame, as far as the daemon takes it.
    private static async Task<int> FillAsync(Socket socket, int count, int claimed)
    {
        byte[] bytes = [.. Prefix(claimed), .. new byte[count]];
        for (var sent = 0; sent < bytes.Length;)
        {
            sent += await socket.SendAsync(bytes.AsMemory(sent));
        }

        return bytes.Length;
    }

    private static async Task SendUntilFullAsync(Socket socket, byte[] frame, int count)
    {
        for (var i = 0; i < count; i++)
        {
            for (var sent = 0; sent < frame.Length;)
            {
                sent += await socket.SendAsync(frame.AsMemory(sent));
            }
        }
    }
}
