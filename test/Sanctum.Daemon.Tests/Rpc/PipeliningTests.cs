namespace Sanctum.Daemon.Tests.Rpc;

public sealed class PipeliningTests
{
    private const string Sign = """{"path":"app/api_key","operation":"sign","params":{"data":"x"}}""";

    [Fact]
    public async Task A_hundred_requests_in_one_write_all_get_their_own_response()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();
        var wire = await vault.SignInAsync();

        await wire.SendAsync([.. Enumerable.Range(1, 100).Select(id => Request(id, id % 3 == 0 ? "lease_status" : "use", id % 3 == 0 ? "{}" : Sign))]);
        var answered = new HashSet<long>();
        for (var i = 0; i < 100; i++)
        {
            var reply = await wire.ReadAsync();
            var id = reply.GetProperty("id").GetInt64();
            Assert.True(answered.Add(id));
            Assert.True(reply.GetProperty("result").TryGetProperty(id % 3 == 0 ? "leases" : "signature", out _));
        }
    }

    [Fact]
    public async Task Signing_in_and_using_it_may_come_in_one_write()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();
        var wire = await vault.ConnectAsync();
        var challenge = (await wire.CallAsync("authenticate", """{"agent_name":"worker"}""")).GetProperty("challenge").GetString()!;

        // The last is over the limit for strangers: it is read only after the sign-in has been done.
        await wire.SendAsync(
            Request(10, "challenge_response", $$"""{"signature":"{{AgentWire.Sign(vault.Agent, challenge)}}"}"""),
            Request(11, "list", "{}"),
            Request(12, "use", $$$"""{"path":"app/api_key","operation":"sign","params":{"data":"{{{new string('x', 8000)}}}"}}"""));

        for (var i = 0; i < 3; i++)
        {
            Assert.True((await wire.ReadAsync()).TryGetProperty("result", out _));
        }
    }

    [Fact]
    public async Task A_quick_call_overtakes_a_slow_one()
    {
        var gate = new GatedStore();
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync(gate: gate);
        var wire = await vault.SignInAsync();
        var other = await vault.SignInAsync();

        // A caller that is alone writes its entry on its own thread, and its connection waits with it: so here is another.
        gate.Close();
        await other.SendAsync(Request(1, "use", Sign));
        await gate.Arrived;
        await wire.SendAsync(Request(1, "use", Sign), Request(2, "lease_status", "{}"));
        Assert.Equal(2, (await wire.ReadAsync()).GetProperty("id").GetInt64());
        gate.Open();
        Assert.Equal(1, (await wire.ReadAsync()).GetProperty("id").GetInt64());
    }

    [Fact]
    public async Task Logging_out_waits_for_the_calls_before_it_and_holds_back_those_after_it()
    {
        var gate = new GatedStore();
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync(gate: gate);
        var wire = await vault.SignInAsync();

        gate.Close();
        await wire.SendAsync(Request(1, "use", Sign), Request(2, "logout", "{}"), Request(3, "lease_status", "{}"));
        await gate.Arrived;
        gate.Open();

        var (first, second, third) = (await wire.ReadAsync(), await wire.ReadAsync(), await wire.ReadAsync());
        Assert.Equal([1, 2, 3], new[] { first, second, third }.Select(reply => reply.GetProperty("id").GetInt64()));
        Assert.True(first.GetProperty("result").TryGetProperty("signature", out _));
        Assert.Equal("AUTH_FAILED", third.GetProperty("error").GetProperty("code").GetString());
    }

    [Fact]
    public async Task No_more_calls_of_a_connection_run_than_allowed()
    {
        var gate = new GatedStore();
        await using var vault = await VaultFixture.CreateAsync();
        vault.Configure("""{"limits":{"requests_in_flight":2}}""");
        await using var daemon = await vault.StartAsync(gate: gate);
        var (wire, other) = (await vault.SignInAsync(), await vault.SignInAsync());

        gate.Close();
        await wire.SendAsync(Request(1, "use", Sign), Request(2, "use", Sign), Request(3, "lease_status", "{}"));
        await gate.Arrived;

        // The third would be answered at once, had it been started. Another connection is not held up.
        await other.CallAsync("lease_status");
        Assert.Equal(0, wire.Socket.Available);
        gate.Open();
        for (var i = 0; i < 3; i++)
        {
            Assert.True((await wire.ReadAsync()).TryGetProperty("result", out _));
        }
    }

    [Fact]
    public async Task A_client_that_does_not_read_its_replies_is_not_read_from_and_disturbs_nobody()
    {
        await using var vault = await VaultFixture.CreateAsync((vault, by) => vault.Credentials.StoreAsync(
            by, Credentials.CredentialPath.Parse("app/large"), new byte[64 * 1024]));
        await using var daemon = await vault.StartAsync();
        var (slow, other) = (await vault.SignInAsync(), await vault.SignInAsync());
        slow.Socket.Blocking = false;

        // Each response has 128 KiB; sending goes on until the daemon takes no more.
        var sent = 0;
        var frame = Request(1, "retrieve", """{"path":"app/large"}""");
        var refused = 0;
        while (refused < 20 && sent < 100_000)
        {
            try
            {
                slow.Socket.Send(frame);
                sent++;
            }
            catch (System.Net.Sockets.SocketException full) when (full.SocketErrorCode == System.Net.Sockets.SocketError.WouldBlock)
            {
                refused++;
                await other.CallAsync("lease_status");
            }
        }

        Assert.Equal(20, refused);
        Assert.InRange(sent, 64, 50_000);
        await other.CallAsync("use", Sign);
        await slow.DisposeAsync();
    }

    private static byte[] Request(int id, string method, string parameters) =>
        AgentWire.Frame($$"""{"id":{{id}},"method":"{{method}}","params":{{parameters}}}""");
}
