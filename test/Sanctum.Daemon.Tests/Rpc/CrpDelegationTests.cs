using Sanctum.Daemon.Tests.Proxy;
using Sanctum.Policies;

namespace Sanctum.Daemon.Tests.Rpc;

/// <summary>A lease that is derived from another is never more than it, and ends with it.</summary>
public sealed class CrpDelegationTests
{
    [Fact]
    public async Task Revoking_a_lease_ends_all_below_it_and_says_which()
    {
        await using var leases = await LeaseFixture.StartAsync();
        await using var stranger = await leases.StrangerAsync();
        var root = await leases.UseAsync();
        var (child, other) = (await ChildAsync(leases, root, stranger), await ChildAsync(leases, root));
        var grandchild = await ChildAsync(leases, child);
        Assert.Equal(2, grandchild.Result.GetProperty("lease").GetProperty("delegationDepth").GetInt32());
        Assert.Equal("HTTP/1.1 200 OK", await leases.StatusAsync(grandchild));
        var revoked = await leases.Agent.CallAsync("crp/revoke", $$"""{"leaseId":"{{root.Lease}}","reason":"credential_compromised","detail":"seen in a log"}""");
        Assert.Equal((true, root.Lease), (revoked.GetProperty("revoked").GetBoolean(), revoked.GetProperty("leaseId").GetString()));
        var affected = revoked.GetProperty("affectedLeases").EnumerateArray().Select(it => it.GetString()!).ToList();
        Assert.Equal(root.Lease, affected[0]);
        Assert.Equal(new[] { root.Lease, child.Lease, other.Lease, grandchild.Lease }.Order(), affected.Order());
        foreach (var handle in (Handle[])[root, child, other, grandchild])
        {
            Assert.Equal((403, "LEASE_EXPIRED"), await leases.RefusedAsync(handle));
        }

        await using var by = await leases.Proxy.Vault.OperatorAsync();
        var entries = await by.ReadAuditAsync(new() { Action = "lease.revoke" }).ToListAsync();
        Assert.Equal(4, entries.Count);
        Assert.All(entries, entry => Assert.Equal("credential_compromised: seen in a log", entry.Details!["reason"]));
        Assert.Contains(entries, entry => entry.LeaseId == grandchild.Lease && entry.Details!["parent"] == child.Lease);
    }

    [Fact]
    public async Task The_holder_further_up_can_end_a_lease_and_the_one_below_can_not_end_those_above()
    {
        await using var leases = await LeaseFixture.StartAsync();
        await using var stranger = await leases.StrangerAsync();
        var root = await leases.UseAsync();
        var child = await ChildAsync(leases, root, stranger);
        Assert.Equal(-33004, await CodeAsync(stranger, "crp/revoke", $$"""{"leaseId":"{{root.Lease}}"}"""));
        Assert.Equal(-33004, await CodeAsync(stranger, "crp/lease", $$"""{"leaseId":"{{root.Lease}}","action":"release"}"""));
        await leases.Agent.CallAsync("crp/revoke", $$"""{"leaseId":"{{child.Lease}}"}""");
        Assert.Equal((403, "LEASE_EXPIRED"), await leases.RefusedAsync(child));
        Assert.Equal("HTTP/1.1 200 OK", await leases.StatusAsync(root));
    }

    [Theory]
    [InlineData("crp/lease", ""","action":"release" """)]
    [InlineData("release_lease", "")]
    public async Task Releasing_a_lease_ends_what_was_derived_from_it(string method, string more)
    {
        await using var leases = await LeaseFixture.StartAsync();
        var root = await leases.UseAsync();
        var child = await ChildAsync(leases, root);
        var name = method == "crp/lease" ? "leaseId" : "lease_id";
        await leases.Agent.CallAsync(method, $$"""{"{{name}}":"{{root.Lease}}"{{more}}}""");
        Assert.Equal((403, "LEASE_EXPIRED"), await leases.RefusedAsync(child));
    }

    [Fact]
    public async Task Leases_are_derived_so_deep_and_no_deeper()
    {
        await using var leases = await LeaseFixture.StartAsync();
        var handle = await leases.UseAsync();
        for (var depth = 1; depth <= 3; depth++)
        {
            handle = await ChildAsync(leases, handle);
        }

        Assert.Equal(-33013, await CodeAsync(leases.Agent, "crp/use", Derived(handle)));
        var flat = await leases.UseAsync(more: ""","delegation":{"maxDepth":0}""");
        Assert.Equal(-33013, await CodeAsync(leases.Agent, "crp/use", Derived(flat)));

        // A lease below can't lift what one above has set.
        var one = await leases.UseAsync(more: ""","delegation":{"maxDepth":1}""");
        var child = await ChildAsync(leases, one, more: ""","maxDepth":3""");
        Assert.Equal(-33013, await CodeAsync(leases.Agent, "crp/use", Derived(child)));
        Assert.Equal(-33013, await CodeAsync(leases.Agent, "crp/use", Derived(one).Replace(LeaseFixture.Single, LeaseFixture.ByQuery, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_lease_has_so_many_derived_from_it_and_no_more()
    {
        await using var leases = await LeaseFixture.StartAsync();
        var root = await leases.UseAsync();
        for (var i = 0; i < 64; i++)
        {
            await leases.Agent.CallAsync("crp/use", Derived(root));
        }

        Assert.Equal(-33008, await CodeAsync(leases.Agent, "crp/use", Derived(root)));
    }

    [Fact]
    public async Task A_derived_lease_ends_no_later_than_its_parent_whatever_it_asks_for()
    {
        await using var leases = await LeaseFixture.StartAsync();
        var root = await leases.UseAsync(more: ""","ttl":60""");
        var child = await ChildAsync(leases, root, more: "", ttl: 300);
        Assert.InRange(child.Result.GetProperty("lease").GetProperty("ttl").GetInt64(), 55, 60);
        var renewed = await leases.Agent.CallAsync("crp/lease", $$"""{"leaseId":"{{child.Lease}}","action":"renew","ttl":300}""");
        Assert.InRange(renewed.GetProperty("lease").GetProperty("ttl").GetInt64(), 50, 60);
    }

    [Fact]
    public async Task A_derived_lease_permits_no_more_than_the_scopes_above_it()
    {
        await using var leases = await LeaseFixture.StartAsync();
        var root = await leases.UseAsync(more: ""","scopes":["path:/ok/*"]""");
        var child = await ChildAsync(leases, root);
        var other = await ChildAsync(leases, root, scopes: """["path:/echo/*"]""");
        Assert.Equal("HTTP/1.1 200 OK", await leases.StatusAsync(child));
        Assert.Equal((403, "EGRESS_DENIED"), await leases.RefusedAsync(child, "/echo/headers"));
        Assert.Equal((403, "EGRESS_DENIED"), await leases.RefusedAsync(other, "/echo/headers"));
        Assert.Equal((403, "EGRESS_DENIED"), await leases.RefusedAsync(other));
    }

    [Fact]
    public async Task A_derived_lease_is_no_right_of_its_holders_and_ends_where_a_holder_above_loses_theirs()
    {
        await using var leases = await LeaseFixture.StartAsync(prepare: (vault, by, _) => vault.Policies.SetAsync(by, new Policy
        {
            Name = "worker", Principal = "agent:worker", Resources = ["app/*"], Actions = PolicyActions.Use, Conditions = new PolicyConditions { AllowedMethods = ["GET"] },
        }));
        await using var stranger = await leases.StrangerAsync();
        var other = await leases.UseAsync(LeaseFixture.ByQuery);

        // Their own policies do not let them use it.
        Assert.Equal(-33003, await CodeAsync(stranger, "crp/use", Derived(other).Replace(LeaseFixture.Single, LeaseFixture.ByQuery, StringComparison.Ordinal)));
        var root = await leases.UseAsync();
        var child = await ChildAsync(leases, root, stranger);
        Assert.Equal("HTTP/1.1 200 OK", await leases.StatusAsync(child));

        // Theirs would let them delete, and those of the holder above do not.
        Assert.Equal((403, "ACCESS_DENIED"), await leases.RefusedAsync(child, method: "DELETE"));
        await using var by = await leases.Proxy.Vault.OperatorAsync();
        await by.RemovePolicyAsync("worker");
        Assert.Equal((403, "LEASE_EXPIRED"), await leases.RefusedAsync(child));
    }

    [Fact]
    public async Task A_stream_is_cut_off_within_a_second_when_a_lease_above_it_is_revoked()
    {
        await using var leases = await LeaseFixture.StartAsync();
        await using var stranger = await leases.StrangerAsync();
        var root = await leases.UseAsync();
        var child = await ChildAsync(leases, root, stranger);
        using var wire = await leases.SendAsync($"{child.Path}/drip/3/pieces", $"Authorization: Bearer {child.Token}\r\n");
        Assert.Equal("HTTP/1.1 200 OK", (await wire.ReadHeadAsync())[0]);
        var started = TimeProvider.System.GetTimestamp();
        await leases.Agent.CallAsync("crp/revoke", $$"""{"leaseId":"{{root.Lease}}"}""");
        Assert.True(await wire.IsClosedAsync());
        Assert.InRange(TimeProvider.System.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task A_stream_is_cut_off_when_the_time_of_its_lease_is_over_unless_it_was_renewed()
    {
        await using var leases = await LeaseFixture.StartAsync();
        var (ends, goesOn) = (await leases.UseAsync(more: ""","ttl":2"""), await leases.UseAsync(more: ""","ttl":2"""));
        using var first = await leases.SendAsync($"{ends.Path}/drip/3/pieces", $"Authorization: Bearer {ends.Token}\r\n");
        using var second = await leases.SendAsync($"{goesOn.Path}/drip/3/pieces", $"Authorization: Bearer {goesOn.Token}\r\n");
        Assert.Equal("HTTP/1.1 200 OK", (await first.ReadHeadAsync())[0]);
        Assert.Equal("HTTP/1.1 200 OK", (await second.ReadHeadAsync())[0]);
        await leases.Agent.CallAsync("crp/lease", $$"""{"leaseId":"{{goesOn.Lease}}","action":"renew","ttl":60}""");
        var started = TimeProvider.System.GetTimestamp();
        Assert.True(await first.IsClosedAsync());

        // Two seconds of its own, and what a busy machine takes.
        Assert.InRange(TimeProvider.System.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(5));
        Assert.False(second.IsEnded);
    }

    [Fact]
    public async Task Leases_and_what_they_were_derived_from_are_there_again_after_sealing()
    {
        await using var leases = await LeaseFixture.StartAsync();
        var root = await leases.UseAsync();
        var child = await ChildAsync(leases, root, scopes: """["path:/ok/*"]""");
        var admin = leases.Proxy.Vault.Admin();
        await admin.SealAsync((await admin.LoginAsync(VaultFixture.PassphraseBytes.ToArray())).Token);
        await admin.UnsealAsync(VaultFixture.PassphraseBytes.ToArray());
        var again = await leases.Proxy.Vault.SignInAsync();
        var token = (await leases.UseAsync(by: again)).Token;
        Assert.Equal("HTTP/1.1 200 OK", await leases.StatusAsync(child with { Token = token }));
        Assert.Equal((403, "EGRESS_DENIED"), await leases.RefusedAsync(child with { Token = token }, "/echo/headers"));
        var revoked = await again.CallAsync("crp/revoke", $$"""{"leaseId":"{{root.Lease}}"}""");
        Assert.Equal(2, revoked.GetProperty("affectedLeases").GetArrayLength());
    }

    private static string Derived(Handle parent) => $$$"""{"service":"{{{LeaseFixture.Single}}}","delegation":{"parentLeaseId":"{{{parent.Lease}}}"}}""";

    private static Task<Handle> ChildAsync(LeaseFixture leases, Handle parent, AgentWire? by = null, string more = "", string scopes = "[]", int ttl = 300) =>
        leases.UseAsync(by: by, more: $$""","ttl":{{ttl}},"scopes":{{scopes}},"delegation":{"parentLeaseId":"{{parent.Lease}}"{{more}}}""");

    private static async Task<int> CodeAsync(AgentWire agent, string method, string parameters) => (await agent.RefusedAsync(method, parameters)).GetProperty("code").GetInt32();
}
