using System.Diagnostics;
using System.Net;
using Sanctum.Daemon.Rpc;

namespace Sanctum.Daemon.Tests.Rpc;

/// <summary>Nobody takes the places of others: not by connecting, not by signing in.</summary>
public sealed class PlacesTests
{
    [Fact]
    public async Task Silent_connections_on_TCP_keep_nobody_out()
    {
        await using var vault = await VaultFixture.CreateAsync();
        vault.Configure("""{"limits":{"unauthenticated_connections":8},"listeners":{"tcp":"127.0.0.1:0"}}""");
        await using var daemon = await vault.StartAsync();
        var endpoint = IPEndPoint.Parse(daemon.Status.Tcp!);
        var silent = new List<AgentWire>();
        for (var i = 0; i < 20; i++)
        {
            silent.Add(await AgentWire.ConnectAsync(endpoint));
        }

        // Half of the places are for TCP. Connections are handled in no order: one that came later could be displaced by one of these.
        await Eventually.Async(() => silent.Count(wire => wire.IsTold) == 16);
        await (await vault.SignInAsync()).CallAsync("list");
        await using var onTcp = await AgentWire.ConnectAsync(endpoint);
        await onTcp.SignInAsync("worker", vault.Agent);
        await onTcp.CallAsync("list");
        silent.ForEach(wire => wire.Socket.Dispose());
    }

    [Fact]
    public async Task Who_waited_longest_without_signing_in_loses_the_place_and_is_told()
    {
        await using var vault = await VaultFixture.CreateAsync();
        vault.Configure("""{"limits":{"unauthenticated_connections":2}}""");
        await using var daemon = await vault.StartAsync();
        var signedIn = await vault.SignInAsync();
        var first = await vault.ConnectAsync();
        await first.CodeAsync("list");
        var second = await vault.ConnectAsync();
        await second.CodeAsync("list");
        var third = await vault.ConnectAsync();
        await third.CodeAsync("list");

        var told = await first.ReadAsync();
        Assert.Equal(0, told.GetProperty("id").GetInt64());
        Assert.Equal("RATE_LIMITED", told.GetProperty("error").GetProperty("code").GetString());
        Assert.True(await first.IsClosedAsync());
        await signedIn.CallAsync("list");
        await second.SignInAsync("worker", vault.Agent);
        await third.SignInAsync("worker", vault.Agent);
    }

    [Fact]
    public async Task A_process_with_one_connection_keeps_it_beside_a_process_that_floods()
    {
        const string quiet = """
            import socket, struct, sys
            s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])
            print("connected", flush=True); sys.stdin.readline()
            m = b'{"id":7,"method":"list"}'; s.sendall(struct.pack(">I", len(m)) + m)
            n = struct.unpack(">I", s.recv(4, socket.MSG_WAITALL))[0]
            print(s.recv(n, socket.MSG_WAITALL).decode(), flush=True)
            """;
        await using var vault = await VaultFixture.CreateAsync();
        vault.Configure("""{"limits":{"unauthenticated_connections":4}}""");
        await using var daemon = await vault.StartAsync();
        using var other = Process.Start(new ProcessStartInfo("python3", ["-c", quiet, vault.Socket]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        Assert.Equal("connected", await other.StandardOutput.ReadLineAsync());

        var flood = new List<AgentWire>();
        for (var i = 0; i < 12; i++)
        {
            flood.Add(await vault.ConnectAsync());
        }

        await Eventually.Async(() => flood.Count(wire => wire.IsTold) == 9);
        await (await vault.SignInAsync()).CallAsync("list");
        await other.StandardInput.WriteLineAsync();
        Assert.Contains("\"id\":7,", await other.StandardOutput.ReadLineAsync(), StringComparison.Ordinal);
        await other.WaitForExitAsync();
    }

    [Fact]
    public async Task One_agent_has_no_more_connections_than_it_leaves_to_others()
    {
        await using var vault = await VaultFixture.CreateAsync();
        vault.Configure("""{"limits":{"connections":8}}""");
        await using var daemon = await vault.StartAsync();
        for (var i = 0; i < 4; i++)
        {
            await vault.SignInAsync();
        }

        var fifth = await vault.ConnectAsync();
        var asked = await fifth.CallAsync("authenticate", """{"agent_name":"worker"}""");
        var signature = AgentWire.Sign(vault.Agent, asked.GetProperty("challenge").GetString()!);
        Assert.Equal("RATE_LIMITED", await fifth.CodeAsync("challenge_response", $$"""{"signature":"{{signature}}"}"""));
        Assert.True(await fifth.IsClosedAsync());
        var other = await vault.ConnectAsync();
        await other.SignInAsync("stranger", vault.Stranger);
        await other.CallAsync("list");
    }

    [Fact]
    public async Task An_agent_without_a_connection_gets_the_place_of_the_agent_that_has_the_most()
    {
        await using var vault = await VaultFixture.CreateAsync();
        vault.Configure("""{"limits":{"connections":1}}""");
        await using var daemon = await vault.StartAsync();
        var wire = await vault.SignInAsync();
        await wire.CallAsync("logout");

        var other = await vault.ConnectAsync();
        await other.SignInAsync("stranger", vault.Stranger);

        // One place, and an agent that has none: the other one has to go, and is told.
        await wire.SignInAsync("worker", vault.Agent);
        Assert.Equal("RATE_LIMITED", (await other.ReadAsync()).GetProperty("error").GetProperty("code").GetString());
        Assert.True(await other.IsClosedAsync());
    }

    [Theory]
    [InlineData("127.0.0.1", "tcp:loopback")]
    [InlineData("127.200.3.4", "tcp:loopback")]
    [InlineData("::1", "tcp:loopback")]
    [InlineData("::ffff:127.0.0.9", "tcp:loopback")]
    [InlineData("192.0.2.1", "tcp:192.0.2.1")]
    public void Loopback_is_one_source(string address, string source) =>
        Assert.Equal(source, ConnectionPeer.OfTcp(IPAddress.Parse(address)).Source);

    [Fact]
    public async Task Failures_are_counted_together_from_all_addresses_of_loopback()
    {
        await using var vault = await VaultFixture.CreateAsync();
        vault.Configure("""{"failed_sign_ins_per_minute":2,"listeners":{"tcp":"127.0.0.1:0"}}""");
        await using var daemon = await vault.StartAsync();
        var endpoint = IPEndPoint.Parse(daemon.Status.Tcp!);

        Assert.Equal("AUTH_FAILED", await FailAsync(endpoint, "127.0.0.1"));
        Assert.Equal("AUTH_FAILED", await FailAsync(endpoint, "127.0.0.2"));
        Assert.Equal("RATE_LIMITED", await FailAsync(endpoint, "127.0.0.3"));
    }

    private static async Task<string> FailAsync(IPEndPoint endpoint, string from)
    {
        await using var wire = await AgentWire.ConnectAsync(endpoint, IPAddress.Parse(from));
        await wire.CallAsync("authenticate", """{"agent_name":"worker"}""");
        return await wire.CodeAsync("challenge_response", $$"""{"signature":"{{new string('0', 128)}}"}""");
    }
}
