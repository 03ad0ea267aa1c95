using System.Diagnostics;
using System.Net.Sockets;
using Sanctum.Daemon.Admin;
using Sanctum.Daemon.Hosting;
using Sanctum.Daemon.Tests.Proxy;
using Sanctum.Policies;
using Sanctum.Upstream;

namespace Sanctum.Daemon.Tests.Hosting;

/// <summary>A daemon that stops: what runs goes on for a while, nothing new begins, and whoever calls is told to go elsewhere.</summary>
public sealed class DrainTests
{
    private const string Sign = """{"path":"app/api_key","operation":"sign","params":{"data":"x"}}""";

    // Waits for a human for as long as it may.
    private const string Waiting = """{"id":7,"method":"use","params":{"path":"other/key","operation":"sign","params":{"data":"x"}}}""";

    [Fact]
    public async Task New_calls_are_refused_and_what_runs_ends_well()
    {
        var gate = new GatedStore();
        await using var vault = await VaultFixture.CreateAsync();
        vault.Configure("""{ "drain_seconds": 3600, "limits": { "sign_in_timeout": 3600 }, "telemetry": { "health": "127.0.0.1:0" } }""");
        await using var daemon = await vault.StartAsync(gate: gate);
        var (busy, other, stranger) = (await vault.SignInAsync(), await vault.SignInAsync(), await vault.ConnectAsync());
        Assert.Equal("AUTH_FAILED", await stranger.CodeAsync("list")); // It is served: one that is not yet, is closed unheard.
        using var http = new RawHttp(((BoundAddresses)daemon.Services.GetService(typeof(BoundAddresses))!).Health!);
        await CallAndHoldAsync(busy, gate);
        var stopping = daemon.DisposeAsync().AsTask();

        var refused = await other.RefusedAsync("use", Sign);
        Assert.Equal("RATE_LIMITED", refused.GetProperty("code").GetString());
        Assert.Equal("stopping", refused.GetProperty("context").GetProperty("daemon").GetString());
        Assert.Equal(1, refused.GetProperty("context").GetProperty("retry_after").GetInt32());
        Assert.Equal("RATE_LIMITED", await other.CodeAsync("list"));
        Assert.Equal("RATE_LIMITED", await stranger.CodeAsync("authenticate", """{"agent_name":"worker"}"""));
        Assert.Equal("RATE_LIMITED", await busy.CodeAsync("list"));

        await Assert.ThrowsAsync<SocketException>(() => AgentWire.ConnectAsync(vault.Socket));
        var (status, reply) = await http.GetAsync("/readyz");
        Assert.Equal(503, status);
        Assert.Contains("stopping\n", reply, StringComparison.Ordinal);
        using (var admin = vault.Admin())
        {
            Assert.True((await admin.StatusAsync()).Draining);
        }

        Assert.False(stopping.IsCompleted);
        gate.Open();
        Assert.True((await busy.ReadAsync()).GetProperty("result").TryGetProperty("signature", out _));
        Assert.True(await busy.IsClosedAsync());
        Assert.True(await other.IsClosedAsync());
        await stopping;
    }

    [Fact]
    public async Task A_response_of_the_proxy_goes_on_to_its_end_and_no_tunnel_begins()
    {
        using var next = new SemaphoreSlim(0);
        await using var events = RawUpstream.Start(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst");
            await next.WaitAsync();
            await connection.SendAsync("-last");
        });
        await using var proxy = await ProxyFixture.StartAsync(origins: [events.Origin]);
        var target = $"127.0.0.1:{events.Port}";
        var wire = await proxy.TunnelAsync(target);
        await wire.SendAsync($"GET / HTTP/1.1\r\nHost: {target}\r\n\r\n");
        Assert.Equal("HTTP/1.1 200 OK", (await wire.ReadHeadAsync())[0]);

        // One that has begun to ask, and one that has not. Both are served: what has just been connected may not be yet, and is closed unheard.
        var (begun, silent) = (await proxy.ConnectAsync(), await proxy.ConnectAsync());
        foreach (var early in new[] { begun, silent })
        {
            await early.SendAsync($"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n");
            Assert.Equal((407, "AUTH_FAILED"), await early.ReadRefusalAsync());
        }

        await begun.SendAsync($"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n");
        var stopping = proxy.Daemon.DisposeAsync().AsTask();
        foreach (var late in new[] { begun, silent })
        {
            var (status, head, body) = await late.ReadResponseAsync();
            Assert.Equal(503, status);
            Assert.Contains("Retry-After: 1", head);
            Assert.Contains("Sanctum-Error: RATE_LIMITED", head);
            Assert.Contains("\"daemon\":\"stopping\"", body, StringComparison.Ordinal);
        }

        await Eventually.Async(async () =>
        {
            var error = await Record.ExceptionAsync(() => proxy.ConnectAsync());
            return error is SocketException;
        });

        // The agent's connection has the run, and stays as long as that is in use.
        await Task.Delay(500, TestContext.Current.CancellationToken);
        Assert.Equal("RATE_LIMITED", await proxy.Agent.CodeAsync("list"));
        next.Release();
        var text = "";
        while (!text.EndsWith("0\r\n\r\n", StringComparison.Ordinal))
        {
            text += await wire.ReadAsync(100);
        }

        Assert.Contains("last", text, StringComparison.Ordinal);
        await stopping;
    }

    [Fact]
    public async Task What_does_not_end_in_time_is_ended_and_told_so()
    {
        await using var vault = await WaitingVaultAsync(drainSeconds: 1);
        var daemon = await vault.StartAsync();
        var agent = await vault.SignInAsync();
        await agent.SendAsync(AgentWire.Frame(Waiting));
        await UntilWaitsAsync(vault);

        var since = Stopwatch.StartNew();
        await daemon.DisposeAsync();
        Assert.InRange(since.Elapsed, TimeSpan.FromSeconds(0.9), TimeSpan.FromSeconds(20));
        Assert.Equal("APPROVAL_REQUIRED", (await agent.ReadAsync()).GetProperty("error").GetProperty("code").GetString());
        Assert.True(await agent.IsClosedAsync());
    }

    [Fact]
    public async Task Whoever_asks_again_does_not_wait()
    {
        await using var vault = await WaitingVaultAsync(drainSeconds: 3600);
        var daemon = await vault.StartAsync();
        var (agent, other) = (await vault.SignInAsync(), await vault.SignInAsync());
        var lease = (await other.CallAsync("retrieve", """{"path":"app/api_key"}""")).GetProperty("lease_id").GetString();
        await agent.SendAsync(AgentWire.Frame(Waiting));
        await UntilWaitsAsync(vault);
        using var admin = vault.Admin();
        var token = (await admin.LoginAsync(VaultFixture.PassphraseBytes.ToArray())).Token;

        await admin.StopAsync(token);
        await daemon.StopRequested;
        var stopping = daemon.DisposeAsync().AsTask();
        await Eventually.Async(async () => (await admin.StatusAsync()).Draining);
        Assert.False(stopping.IsCompleted);

        // What only ends something is no new work; the connection has a moment for it.
        await other.CallAsync("release_lease", $$"""{"lease_id":"{{lease}}"}""");
        await admin.StopAsync(token);
        await stopping.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        Assert.Equal("APPROVAL_REQUIRED", (await agent.ReadAsync()).GetProperty("error").GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_second_SIGTERM_ends_it_at_once()
    {
        await using var vault = await WaitingVaultAsync(drainSeconds: 3600);
        using var daemon = await DaemonProcess.StartAsync(vault);
        var agent = await vault.SignInAsync();
        await agent.SendAsync(AgentWire.Frame(Waiting));
        await UntilWaitsAsync(vault);
        using var admin = vault.Admin();

        await daemon.TerminateAsync();
        await Eventually.Async(async () => (await admin.StatusAsync()).Draining);
        await daemon.TerminateAsync();
        Assert.Equal(0, await daemon.EndedAsync(TimeSpan.FromSeconds(60)));
    }

    [Fact]
    public async Task Where_nothing_runs_it_is_over_at_once()
    {
        await using var vault = await VaultFixture.CreateAsync();
        vault.Configure("""{ "drain_seconds": 3600 }""");
        var daemon = await vault.StartAsync();
        var idle = new[] { await vault.SignInAsync(), await vault.SignInAsync(), await vault.ConnectAsync() };
        Assert.Equal("AUTH_FAILED", await idle[2].CodeAsync("list")); // It is served: one that is not yet, is told why it is closed.

        await daemon.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        foreach (var agent in idle)
        {
            Assert.True(await agent.IsClosedAsync());
        }
    }

    // Whoever goes on calling, and does not listen, does not keep the daemon.
    [Fact]
    public async Task A_client_that_does_not_listen_keeps_nobody_waiting()
    {
        await using var vault = await VaultFixture.CreateAsync();
        vault.Configure("""{ "drain_seconds": 3600 }""");
        var daemon = await vault.StartAsync();
        var agent = await vault.SignInAsync();
        var stopping = daemon.DisposeAsync().AsTask();
        var calling = Task.Run(async () =>
        {
            try
            {
                while (true)
                {
                    await agent.ReplyAsync("list", "{}");
                }
            }
            catch (Exception closed) when (closed is SocketException or EndOfStreamException)
            {
                return;
            }
        }, TestContext.Current.CancellationToken);
        await stopping.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        await calling;
    }

    private static async Task<VaultFixture> WaitingVaultAsync(int drainSeconds)
    {
        var vault = await VaultFixture.CreateAsync(async (vault, by) => await vault.Policies.AddAsync(by, new Policy
        {
            Name = "asks",
            Principal = "agent:worker",
            Resources = ["other/*"],
            Actions = PolicyActions.Use,
            Conditions = new PolicyConditions { RequireApproval = true },
        }));
        vault.Configure($$"""{ "drain_seconds": {{drainSeconds}}, "approval_wait": 300 }""");
        return vault;
    }

    private static async Task UntilWaitsAsync(VaultFixture vault)
    {
        await using var api = await vault.OperatorAsync();
        await Eventually.Async(async () => (await api.ListApprovalsAsync()).Count == 1);
    }

    private static async Task CallAndHoldAsync(AgentWire agent, GatedStore gate)
    {
        gate.Close();
        await agent.SendAsync(AgentWire.Frame($$"""{"id":70,"method":"use","params":{{Sign}}}"""));
        await gate.Arrived;
    }
}
