using System.Text;
using Sanctum.Credentials;
using Sanctum.Daemon.Tests.Proxy;
using Sanctum.Policies;

namespace Sanctum.Daemon.Tests.Rpc;

/// <summary>An agent that an operator froze, or that touched what it should not have, does nothing any more.</summary>
public sealed class QuarantineTests
{
    private const string Decoy = "decoys/aws";

    [Fact]
    public async Task Freezing_an_agent_ends_sessions_leases_runs_and_streams_within_a_second()
    {
        await using var leases = await LeaseFixture.StartAsync();
        await using var by = await leases.Proxy.Vault.OperatorAsync();
        var handle = await leases.UseAsync();
        using var stream = await leases.SendAsync($"{handle.Path}/drip/3/pieces", $"Authorization: Bearer {handle.Token}\r\n");
        Assert.Equal("HTTP/1.1 200 OK", (await stream.ReadHeadAsync())[0]);
        var tunnel = await leases.Proxy.SecureTunnelAsync();
        var started = TimeProvider.System.GetTimestamp();
        var frozen = await by.FreezeAgentAsync("worker", "odd requests at night");
        Assert.Equal(("operator", "odd requests at night"), (frozen.Frozen!.By, frozen.Frozen.Reason));
        Assert.True(await stream.IsClosedAsync());
        Assert.True(await tunnel.IsClosedAsync());
        Assert.InRange(TimeProvider.System.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(1));
        Assert.Empty(await by.ListLeasesAsync());
        Assert.Equal((403, "QUARANTINED"), await leases.RefusedAsync(handle));
        var error = await leases.Agent.RefusedAsync("crp/use", """{"service":"app/single"}""");
        Assert.Equal((-33021, "quarantine"), (error.GetProperty("code").GetInt32(), error.GetProperty("data").GetProperty("name").GetString()));
        Assert.DoesNotContain("odd", error.ToString(), StringComparison.Ordinal);
        Assert.Equal("QUARANTINED", await leases.Agent.CodeAsync("retrieve", """{"path":"app/api_key"}"""));
        var entry = Assert.Single(await by.ReadAuditAsync(new() { Action = "agent.freeze" }).ToListAsync());
        Assert.Equal(("operator", "worker", "odd requests at night"), (entry.Actor, entry.Resource, entry.Details!["reason"]));
    }

    [Fact]
    public async Task Whoever_has_the_key_of_a_frozen_agent_is_told_and_nobody_else()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();
        await using var by = await vault.OperatorAsync();
        await by.FreezeAgentAsync("worker", "");
        var wire = await vault.ConnectAsync();
        Assert.Equal("QUARANTINED", await SignInAsync(wire, vault.Agent));
        Assert.Equal("AUTH_FAILED", await SignInAsync(wire, vault.Stranger));
        Assert.Contains(await by.ReadAuditAsync(new() { Agent = "worker", Denied = true }).ToListAsync(), entry => entry is { Action: "session.open", Reason: "QUARANTINED" });
        await by.UnfreezeAgentAsync("worker");
        await wire.SignInAsync("worker", vault.Agent);
        await wire.CallAsync("retrieve", """{"path":"app/api_key"}""");
    }

    [Fact]
    public async Task Freezing_twice_is_recorded_once_and_needs_an_agent_and_a_line()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();
        await using var by = await vault.OperatorAsync();
        await by.FreezeAgentAsync("worker", "first");
        Assert.Equal("first", (await by.FreezeAgentAsync("worker", "second")).Frozen!.Reason);
        Assert.Single(await by.ReadAuditAsync(new() { Action = "agent.freeze" }).ToListAsync());
        Assert.Equal("NOT_FOUND", (await Assert.ThrowsAsync<Daemon.Admin.OperatorException>(() => by.FreezeAgentAsync("nobody", ""))).Code);
        Assert.Equal("INVALID_PARAMS", (await Assert.ThrowsAsync<Daemon.Admin.OperatorException>(() => by.FreezeAgentAsync("stranger", "two\nlines"))).Code);
        Assert.Single(await by.ListAgentsAsync(), agent => agent is { Name: "worker", Frozen.Reason: "first", Enabled: true });
    }

    [Theory]
    [InlineData("retrieve", """{"path":"decoys/aws"}""")]
    [InlineData("use", """{"path":"decoys/aws","operation":"sign","params":{"data":"x"}}""")]
    [InlineData("use", """{"path":"decoys/aws","operation":"no such operation"}""")]
    [InlineData("credential.retrieve", """{"path":"decoys/aws"}""")]
    [InlineData("crp/use", """{"service":"decoys/aws"}""")]
    [InlineData("proxy_open", """{"credentials":["app/service_key","no/such","decoys/aws"]}""")]
    [InlineData("proxy_open", """{"credential":"decoys/aws"}""")]
    [InlineData("check_access", """{"path":"decoys/aws"}""")]
    [InlineData("request_access", """{"path":"decoys/aws","operation":"sign","reason":"why"}""")]
    public async Task Touching_a_honeytoken_freezes_the_agent_whether_it_was_granted_or_not(string method, string parameters)
    {
        foreach (var granted in (bool[])[true, false])
        {
            await using var leases = await LeaseFixture.StartAsync(prepare: (vault, by, _) => PrepareAsync(vault, by, granted));
            await using var by = await leases.Proxy.Vault.OperatorAsync();
            await leases.Agent.CallAsync("list");
            Assert.Contains("QUARANTINE", (await leases.Agent.RefusedAsync(method, parameters)).ToString().ToUpperInvariant(), StringComparison.Ordinal);
            Assert.Contains("QUARANTINE", (await leases.Agent.RefusedAsync("crp/list")).ToString().ToUpperInvariant(), StringComparison.Ordinal);
            Assert.Equal("vault", Assert.Single(await by.ListAgentsAsync(), agent => agent.Name == "worker").Frozen!.By);
            var entries = await by.ReadAuditAsync(new()).ToListAsync();
            Assert.Contains(entries, entry => entry is { Resource: Decoy, Outcome: "denied", Reason: "QUARANTINED", Actor: "agent:worker" });
            Assert.Single(entries, entry => entry is { Action: "agent.freeze", Actor: "vault", Resource: "worker" });
        }
    }

    [Fact]
    public async Task An_agent_stays_frozen_when_the_vault_was_sealed()
    {
        await using var leases = await LeaseFixture.StartAsync(prepare: (vault, by, _) => PrepareAsync(vault, by, granted: true));
        await leases.Agent.RefusedAsync("retrieve", """{"path":"decoys/aws"}""");
        var admin = leases.Proxy.Vault.Admin();
        await admin.SealAsync((await admin.LoginAsync(VaultFixture.PassphraseBytes.ToArray())).Token);
        await admin.UnsealAsync(VaultFixture.PassphraseBytes.ToArray());
        Assert.Equal("QUARANTINED", await SignInAsync(await leases.Proxy.Vault.ConnectAsync(), leases.Proxy.Vault.Agent));
    }

    private static async Task PrepareAsync(Vault vault, Operator by, bool granted)
    {
        await vault.Credentials.StoreAsync(by, CredentialPath.Parse(Decoy), Encoding.UTF8.GetBytes("CANARY-decoy"), new CredentialOptions { Tags = ["honeytoken"], Hosts = ["decoy.example"] });
        if (granted)
        {
            await vault.Policies.AddAsync(by, new Policy { Name = "decoys", Principal = "agent:*", Resources = ["decoys/*"], Actions = PolicyActions.Retrieve | PolicyActions.Use });
        }
    }

    private static async Task<string> SignInAsync(AgentWire wire, NSec.Cryptography.Key key)
    {
        var asked = await wire.CallAsync("authenticate", """{"agent_name":"worker"}""");
        return await wire.CodeAsync("challenge_response", $$"""{"signature":"{{AgentWire.Sign(key, asked.GetProperty("challenge").GetString()!)}}"}""");
    }
}
