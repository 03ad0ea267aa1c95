using System.Text.Json.Nodes;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Errors;

/// <summary><c>LEASE_EXPIRED</c> and <c>LEASE_EXHAUSTED</c>.</summary>
[Collection(nameof(ErrorVault))]
public sealed class LeaseTests(ErrorVault vault)
{
    [Theory]
    [InlineData("release_lease")]
    [InlineData("renew_lease")]
    [InlineData("lease.release")]
    public async Task A_released_lease_is_over(string method)
    {
        using var wire = await vault.SignInAsync(ErrorVault.Agent);
        var lease = await LeaseAsync(wire);
        WireClient.Result(await wire.CallAsync("release_lease", Lease(lease)));
        ErrorObject.Is("LEASE_EXPIRED", WireClient.Error(await wire.CallAsync(method, Lease(lease))));
    }

    [Fact]
    public async Task A_lease_past_its_time_is_over()
    {
        using var wire = await vault.SignInAsync(ErrorVault.Agent);
        var lease = await LeaseAsync(wire, ttl: 1);
        await Eventually.HoldsAsync(async () =>
            !(await wire.DoAsync("lease_status"))["leases"]!.AsArray().Any(it => (string?)it!["lease_id"] == lease));
        ErrorObject.Is("LEASE_EXPIRED", WireClient.Error(await wire.CallAsync("renew_lease", Lease(lease))));
    }

    [Fact]
    public async Task A_revoked_lease_is_over()
    {
        using var wire = await vault.SignInAsync(ErrorVault.Agent);
        var lease = await LeaseAsync(wire);
        (await vault.Home.RunAsync("lease", "revoke", lease)).Done();
        ErrorObject.Is("LEASE_EXPIRED", WireClient.Error(await wire.CallAsync("release_lease", Lease(lease))));
    }

    [Fact]
    public async Task Another_agents_lease_looks_like_one_that_never_was()
    {
        using var mine = await vault.SignInAsync(ErrorVault.Agent);
        using var others = await vault.SignInAsync(ErrorVault.OtherAgent);
        var lease = await LeaseAsync(mine);
        var existing = ErrorObject.Is("LEASE_EXPIRED", WireClient.Error(await others.CallAsync("release_lease", Lease(lease))));
        var invented = WireClient.Error(await others.CallAsync("release_lease", Lease(new string('0', lease.Length))));
        Assert.True(JsonNode.DeepEquals(existing, invented));
        WireClient.Result(await mine.CallAsync("release_lease", Lease(lease)));
    }

    [Fact]
    public async Task A_lease_that_was_renewed_as_often_as_it_may_be_is_exhausted()
    {
        using var wire = await vault.SignInAsync(ErrorVault.Agent);
        var lease = await LeaseAsync(wire);
        WireClient.Result(await wire.CallAsync("renew_lease", Lease(lease)));
        ErrorObject.Is("LEASE_EXHAUSTED", WireClient.Error(await wire.CallAsync("renew_lease", Lease(lease))));
        WireClient.Result(await wire.CallAsync("release_lease", Lease(lease)));
    }

    private static JsonObject Lease(string id) => new() { ["lease_id"] = id };

    private static async Task<string> LeaseAsync(WireClient wire, int ttl = 60) =>
        (string)(await wire.DoAsync("retrieve", new JsonObject { ["path"] = ErrorVault.Key, ["ttl"] = ttl }))["lease_id"]!;
}
