using System.Text.Json.Nodes;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Methods;

/// <summary>Each method of the Python and Node.js dialect, with exactly the members that its clients read.</summary>
[Collection(nameof(MethodVault))]
public sealed class DialectATests(MethodVault vault)
{
    [Theory]
    [InlineData(Transport.Unix)]
    [InlineData(Transport.Tcp)]
    public async Task Authenticate_and_challenge_response_sign_in(Transport transport)
    {
        using var wire = await vault.ConnectAsync(transport);
        var asked = Shape.Of(
            WireClient.Result(await wire.CallAsync("authenticate", new JsonObject { ["agent_name"] = MethodVault.Agent })),
            "session_id:string challenge:hex");
        var answered = Shape.Of(
            WireClient.Result(await wire.CallAsync("challenge_response", new JsonObject
            {
                ["session_id"] = (string?)asked["session_id"],
                ["signature"] = WireClient.Sign(vault.Home.KeyOf(MethodVault.Agent), (string)asked["challenge"]!),
            })),
            "authenticated:true session_id:string expires_at:time features:array");
        Assert.Equal((string?)asked["session_id"], (string?)answered["session_id"]);
        Assert.True((DateTimeOffset)answered["expires_at"]! > DateTimeOffset.UtcNow);
    }

    [Theory]
    [InlineData(Transport.Unix)]
    [InlineData(Transport.Tcp)]
    public async Task List_shows_what_the_agent_may_act_on_and_nothing_else(Transport transport)
    {
        using var wire = await vault.SignInAsync(MethodVault.Agent, transport);
        var all = Shape.Of(await wire.DoAsync("list"), "credentials:array")["credentials"]!.AsArray();
        Assert.Equal(MethodVault.Listed, all.Select(it => (string?)it!["path"]));
        Assert.All(all, it => Shape.Of(it, "path:string type:string description:string tags:array created_at:time updated_at:time"));
        var key = all.Single(it => (string?)it!["path"] == MethodVault.Key)!;
        Assert.Equal(("api_key", "the key"), ((string?)key["type"], (string?)key["description"]));
        Assert.Equal(["one", "two"], key["tags"]!.AsArray().Select(it => (string?)it));
    }

    [Theory]
    [InlineData(Transport.Unix)]
    [InlineData(Transport.Tcp)]
    public async Task Retrieve_gives_the_bytes_in_hex_on_a_lease(Transport transport)
    {
        using var wire = await vault.SignInAsync(MethodVault.Agent, transport);
        var text = Shape.Of(
            await wire.DoAsync("retrieve", new JsonObject { ["path"] = MethodVault.Key, ["ttl"] = 60 }),
            "path:string value:hex lease_id:string ttl:integer expires_at:time type:string");
        Assert.Equal((MethodVault.Key, "api_key", 60), ((string?)text["path"], (string?)text["type"], (int)text["ttl"]!));
        Assert.Equal(Convert.ToHexStringLower("sk-test-1234"u8), (string?)text["value"]);
        Assert.InRange((DateTimeOffset)text["expires_at"]! - DateTimeOffset.UtcNow, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(61));

        var bytes = await wire.DoAsync("retrieve", new JsonObject { ["path"] = MethodVault.Bytes });
        Assert.Equal(Convert.ToHexStringLower(MethodVault.SecretBytes), (string?)bytes["value"]);
    }

    [Theory]
    [InlineData(null, MethodVault.MaxTtl)]
    [InlineData(1, 1)]
    [InlineData(3600, MethodVault.MaxTtl)]
    public async Task A_lease_is_no_longer_than_asked_for_and_than_the_policy_allows(int? asked, int granted)
    {
        using var wire = await vault.SignInAsync(MethodVault.Agent);
        var retrieved = await wire.DoAsync("retrieve", new JsonObject { ["path"] = MethodVault.Key, ["ttl"] = asked });
        Assert.Equal(granted, (int)retrieved["ttl"]!);
    }

    [Theory]
    [InlineData(Transport.Unix)]
    [InlineData(Transport.Tcp)]
    public async Task Release_lease_needs_no_session_id_and_returns_an_empty_object(Transport transport)
    {
        using var wire = await vault.SignInAsync(MethodVault.Agent, transport);
        var lease = (string)(await wire.DoAsync("retrieve", new JsonObject { ["path"] = MethodVault.Key }))["lease_id"]!;
        Shape.Of(WireClient.Result(await wire.CallAsync("release_lease", new JsonObject { ["lease_id"] = lease })), "");
        Assert.DoesNotContain(lease, await LeasesAsync(wire));
    }

    [Theory]
    [InlineData(Transport.Unix)]
    [InlineData(Transport.Tcp)]
    public async Task Use_returns_the_operations_result_itself(Transport transport)
    {
        using var wire = await vault.SignInAsync(MethodVault.Agent, transport);
        Shape.Of(
            await wire.DoAsync("use", new JsonObject
            {
                ["path"] = MethodVault.Key,
                ["operation"] = "sign",
                ["params"] = new JsonObject { ["data"] = "x" },
            }),
            "signature:string algorithm:string");
    }

    [Theory]
    [InlineData(Transport.Unix)]
    [InlineData(Transport.Tcp)]
    public async Task Use_takes_an_operation_without_parameters(Transport transport)
    {
        using var wire = await vault.SignInAsync(MethodVault.Agent, transport);
        Shape.Of(
            await wire.DoAsync("use", new JsonObject { ["path"] = MethodVault.Key, ["operation"] = "http_header" }),
            "header:string header_name:string header_value:string");
    }

    [Theory]
    [InlineData(Transport.Unix)]
    [InlineData(Transport.Tcp)]
    public async Task Renew_lease_starts_the_leases_time_anew(Transport transport)
    {
        using var wire = await vault.SignInAsync(MethodVault.Agent, transport);
        var retrieved = await wire.DoAsync("retrieve", new JsonObject { ["path"] = MethodVault.Key, ["ttl"] = 30 });
        var renewed = Shape.Of(
            WireClient.Result(await wire.CallAsync("renew_lease", new JsonObject { ["lease_id"] = (string)retrieved["lease_id"]!, ["ttl"] = 90 })),
            "lease_id:string ttl:integer expires_at:time");
        Assert.Equal(((string?)retrieved["lease_id"], 90), ((string?)renewed["lease_id"], (int)renewed["ttl"]!));
        Assert.True((DateTimeOffset)renewed["expires_at"]! > (DateTimeOffset)retrieved["expires_at"]!);
    }

    [Theory]
    [InlineData(Transport.Unix)]
    [InlineData(Transport.Tcp)]
    public async Task Lease_status_shows_the_agents_own_leases_whichever_connection_got_them(Transport transport)
    {
        using var mine = await vault.SignInAsync(MethodVault.OtherAgent, transport);
        using var mineToo = await vault.SignInAsync(MethodVault.OtherAgent, transport);
        using var others = await vault.SignInAsync(MethodVault.Agent, transport);
        var lease = (string)(await mine.DoAsync("retrieve", new JsonObject { ["path"] = MethodVault.Key, ["ttl"] = 60 }))["lease_id"]!;
        var status = Shape.Of(WireClient.Result(await mineToo.CallAsync("lease_status")), "leases:array")["leases"]!.AsArray();
        var entry = Shape.Of(
            status.Single(it => (string?)it!["lease_id"] == lease),
            "lease_id:string path:string ttl:integer created_at:time expires_at:time renewals:integer");
        Assert.Equal((MethodVault.Key, 60, 0), ((string?)entry["path"], (int)entry["ttl"]!, (int)entry["renewals"]!));
        Assert.DoesNotContain(lease, await LeasesAsync(others));
    }

    [Theory]
    [InlineData(Transport.Unix)]
    [InlineData(Transport.Tcp)]
    public async Task Logout_makes_the_connection_nobodys_again(Transport transport)
    {
        using var wire = await vault.SignInAsync(MethodVault.Agent, transport);
        Shape.Of(WireClient.Result(await wire.CallAsync("logout")), "");
        Assert.Equal("AUTH_FAILED", (string?)WireClient.Error(await wire.CallAsync("list"))["code"]);
        await wire.SignInAsync(MethodVault.OtherAgent, vault.Home.KeyOf(MethodVault.OtherAgent));
        await wire.DoAsync("list");
    }

    private static async Task<IEnumerable<string?>> LeasesAsync(WireClient wire) =>
        (await wire.DoAsync("lease_status"))["leases"]!.AsArray().Select(it => (string?)it!["lease_id"]);
}
