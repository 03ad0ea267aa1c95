using System.Net;
using System.Net.Sockets;
using Sanctum.Agents;
using Sanctum.Audit;
using Sanctum.Door;
using Sanctum.Policies;
using Sanctum.Tests.Egress;
using Sanctum.Tests.Fixture;

namespace Sanctum.Tests.Door;

/// <summary>Connections to hosts that no credential is bound to.</summary>
public sealed class TunnelTests : IAsyncLifetime
{
    private readonly TcpListener _host = new(IPAddress.Loopback, 0);
    private Outside _outside = null!;

    public async ValueTask InitializeAsync()
    {
        _host.Start();
        _outside = await Outside.CreateAsync(egress: options => options with { MaxTunnelsPerAgent = 3 });
    }

    public async ValueTask DisposeAsync()
    {
        _host.Dispose();
        await _outside.DisposeAsync();
    }

    private int Port => ((IPEndPoint)_host.LocalEndpoint).Port;

    [Fact]
    public async Task What_a_policy_spells_out_is_connected_and_on_the_record_once()
    {
        await AllowAsync($"host:127.0.0.1:{Port}");
        Assert.Equal(HostRoute.Tunnel, await _outside.Test.Vault.RouteAsync(_outside.Bot, "127.0.0.1", Port));
        await using (var tunnel = await ConnectAsync("127.0.0.1"))
        {
            using var accepted = await _host.AcceptTcpClientAsync();
            await tunnel.Stream.WriteAsync("ping"u8.ToArray());
            var buffer = new byte[4];
            await accepted.GetStream().ReadExactlyAsync(buffer).AsTask().InTime();
            Assert.Equal("ping"u8, buffer);
        }

        var entry = Assert.Single(await _outside.Test.AuditAsync(new() { Action = AuditActions.Connect }));
        Assert.Equal((AuditOutcome.Allowed, $"host:127.0.0.1:{Port}", "connect"), (entry.Outcome, entry.Resource, Assert.Single(entry.Policies)));
    }

    [Fact]
    public async Task Without_a_grant_nothing_is_dialled()
    {
        await Refused.WithAsync(VaultErrorCode.EgressDenied, () => _outside.Test.Vault.RouteAsync(_outside.Bot, "127.0.0.1", Port));
        await Refused.WithAsync(VaultErrorCode.EgressDenied, () => ConnectAsync("127.0.0.1"));
        Assert.False(_host.Pending());
        Assert.All(await _outside.Test.AuditAsync(new() { Action = AuditActions.Connect }), entry => Assert.Equal(AuditOutcome.Denied, entry.Outcome));
    }

    // A name that resolves to this machine, under a grant that does not spell the address out.
    [Fact]
    public async Task A_private_address_is_not_dialled_for_a_pattern()
    {
        await AllowAsync("host:*:*");
        await Refused.WithAsync(VaultErrorCode.EgressDenied, () => ConnectAsync("inside.example.test"));
        await Refused.WithAsync(VaultErrorCode.EgressDenied, () => ConnectAsync("127.0.0.1"));
        Assert.False(_host.Pending());
    }

    [Theory]
    [InlineData("host:*.example.test", "a.example.test", 443, true)]
    [InlineData("host:*.example.test", "example.test", 443, false)]
    [InlineData("host:*.example.test", "a.example.test", 8443, false)]
    [InlineData("host:*.example.test:*", "a.example.test", 8443, true)]
    [InlineData("host:a.example.test:8443", "a.example.test", 8443, true)]
    [InlineData("host:a.example.test:8443", "a.example.test", 443, false)]
    [InlineData("host:[2001:db8::1]:443", "[2001:db8::1]", 443, true)]
    [InlineData("host:*", "a.example.test", 443, true)]
    public async Task A_pattern_covers_names_and_ports(string pattern, string host, int port, bool covers)
    {
        await AllowAsync(pattern);
        var routing = _outside.Test.Vault.RouteAsync(_outside.Bot, host, port);
        if (covers)
        {
            Assert.Equal(HostRoute.Tunnel, await routing);
        }
        else
        {
            await Refused.WithAsync(VaultErrorCode.EgressDenied, () => routing);
        }
    }

    [Theory]
    [InlineData(80)]
    [InlineData(443)]
    [InlineData(8443)]
    public async Task A_refused_connection_is_one_entry_with_its_host_and_port(int port)
    {
        await Refused.WithAsync(VaultErrorCode.EgressDenied, () => _outside.Test.Vault.RouteAsync(_outside.Bot, "a.example.test", port));
        var entry = Assert.Single(await _outside.Test.Vault.Audit.ReadAsync(_outside.Test.Operator).Where(entry => entry.Action == "connect").ToListAsync());
        Assert.Equal((port == 443 ? "host:a.example.test" : $"host:a.example.test:{port}", AuditOutcome.Denied), (entry.Resource, entry.Outcome));
    }

    [Theory]
    [InlineData("host:a.example.test", false, "no policy lets it connect there")]
    [InlineData("host:b.example.test:8443", true, "passed on unread")]
    [InlineData("host:b.example.test", false, "no policy lets it connect there")]
    [InlineData("host:10.0.0.1:8443", false, "no public address")]
    [InlineData("host:192.168.1.1:22", true, "passed on unread")]
    [InlineData("host:api.example.test", true, "go out with api/key")]
    public async Task What_would_become_of_a_connection_is_told_and_leaves_no_entry(string resource, bool allowed, string reason)
    {
        await _outside.StoreAsync(new() { Hosts = ["api.example.test"] });
        await AllowAsync("host:*:8443");
        await _outside.Test.Vault.Policies.AddAsync(_outside.Test.Operator, new Policy { Name = "one", Principal = "agent:bot", Resources = ["host:192.168.1.1:22"], Actions = PolicyActions.Connect });
        var simulation = await _outside.Test.Vault.Policies.SimulateConnectAsync(_outside.Test.Operator, _outside.Bot.Agent, resource);
        Assert.Equal((allowed, allowed ? null : VaultErrorCode.EgressDenied), (simulation.Allowed, simulation.Code));
        Assert.Contains(reason, simulation.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain(await _outside.Test.Vault.Audit.ReadAsync(_outside.Test.Operator).ToListAsync(), entry => entry.Action == "connect");
    }

    [Theory]
    [InlineData("host:*.example.test")]
    [InlineData("host:a.example.test:*")]
    [InlineData("host:")]
    [InlineData("a.example.test")]
    public async Task A_connection_is_to_one_host(string resource) =>
        await Refused.WithAsync(VaultErrorCode.InvalidParams, () => _outside.Test.Vault.Policies.SimulateConnectAsync(_outside.Test.Operator, _outside.Bot.Agent, resource));

    // A credential that goes to http://host:8080 is a reason to read what goes there, also where a policy lets the agent connect.
    [Fact]
    public async Task A_binding_over_HTTP_beats_a_tunnel_too()
    {
        await AllowAsync("host:*:*");
        await _outside.StoreAsync(new() { AllowedOrigins = ["http://api.example.test:8080"] });
        Assert.Equal(HostRoute.Exchange, await _outside.Test.Vault.RouteAsync(_outside.Bot, "api.example.test", 8080));
        await Refused.WithAsync(VaultErrorCode.EgressDenied, () => _outside.Test.Vault.ConnectAsync(_outside.Bot, "api.example.test", 8080));
    }

    [Fact]
    public async Task A_binding_beats_a_tunnel()
    {
        await AllowAsync("host:*:*");
        await _outside.StoreAsync(new() { Hosts = ["api.example.test"] });
        Assert.Equal(HostRoute.Exchange, await _outside.Test.Vault.RouteAsync(_outside.Bot, "api.example.test", 443));
        await Refused.WithAsync(VaultErrorCode.EgressDenied, () => _outside.Test.Vault.ConnectAsync(_outside.Bot, "api.example.test", 443));
    }

    [Theory]
    [InlineData("policy")]
    [InlineData("agent")]
    [InlineData("vault")]
    public async Task What_is_taken_from_the_agent_ends_a_connection(string taken)
    {
        await AllowAsync($"host:127.0.0.1:{Port}");
        await using var tunnel = await ConnectAsync("127.0.0.1");
        await (taken switch
        {
            "policy" => _outside.Test.Vault.Policies.RemoveAsync(_outside.Test.Operator, "connect"),
            "agent" => _outside.Test.Vault.Agents.RemoveAsync(_outside.Test.Operator, AgentName.Parse("bot")),
            _ => _outside.Test.SealAsync(),
        });
        var ended = new TaskCompletionSource();
        await using (tunnel.Ending.Register(ended.SetResult))
        {
            await ended.Task.InTime();
        }
    }

    [Fact]
    public async Task An_agent_has_so_many_at_once_and_no_more()
    {
        await AllowAsync($"host:127.0.0.1:{Port}");
        List<Tunnel> open = [];
        for (var i = 0; i < 3; i++)
        {
            open.Add(await ConnectAsync("127.0.0.1"));
        }

        await Refused.WithAsync(VaultErrorCode.RateLimited, () => ConnectAsync("127.0.0.1"));
        await open[0].DisposeAsync();
        open.Add(await ConnectAsync("127.0.0.1"));
        foreach (var tunnel in open)
        {
            await tunnel.DisposeAsync();
        }
    }

    [Theory]
    [InlineData("host:", PolicyActions.Connect)]
    [InlineData("host:A.example", PolicyActions.Connect)]
    [InlineData("host:a.example:0", PolicyActions.Connect)]
    [InlineData("host:a.example:99999", PolicyActions.Connect)]
    [InlineData("host:https://a.example", PolicyActions.Connect)]
    [InlineData("host:a.example", PolicyActions.Use)]
    [InlineData("api/*", PolicyActions.Connect)]
    [InlineData("*", PolicyActions.Connect | PolicyActions.Use)]
    public async Task A_policy_that_mixes_hosts_and_credentials_up_is_refused(string resource, PolicyActions actions) =>
        await Refused.WithAsync(VaultErrorCode.InvalidParams, () => _outside.Test.AllowAsync(actions, resource));

    private Task AllowAsync(string resource) => _outside.Test.AllowAsync(PolicyActions.Connect, resource, name: "connect");

    private Task<Tunnel> ConnectAsync(string host) => _outside.Test.Vault.ConnectAsync(_outside.Bot, host, Port).InTime();
}
