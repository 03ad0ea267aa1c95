using System.Text.Json.Nodes;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Methods;

/// <summary>A session is its connection's, in both dialects.</summary>
[Collection(nameof(MethodVault))]
public sealed class SessionTests(MethodVault vault)
{
    [Theory]
    [InlineData(Transport.Unix)]
    [InlineData(Transport.Tcp)]
    public async Task A_session_id_is_useless_on_another_connection(Transport transport)
    {
        using var mine = await vault.SignInAsync(MethodVault.Agent, transport);
        using var stranger = await vault.ConnectAsync(transport);
        using var colleague = await vault.SignInAsync(MethodVault.Agent, transport);
        foreach (var wire in new[] { stranger, colleague })
        {
            var refused = await wire.CallAsync("list", new JsonObject { ["session_id"] = mine.SessionId });
            Assert.Equal("SESSION_EXPIRED", (string?)WireClient.Error(refused)["code"]);
        }

        await mine.DoAsync("list");
    }

    [Fact]
    public async Task The_session_id_may_be_left_out()
    {
        using var wire = await vault.SignInAsync(MethodVault.Agent);
        WireClient.Result(await wire.CallAsync("list"));
        WireClient.Result(await wire.CallAsync("retrieve", new JsonObject { ["path"] = MethodVault.Key }));
        WireClient.Result(await wire.CallAsync("use", new JsonObject { ["path"] = MethodVault.Key, ["operation"] = "http_header" }));
    }

    [Fact]
    public async Task Every_method_of_dialect_A_takes_the_session_id()
    {
        using var wire = await vault.SignInAsync(MethodVault.Agent);
        var lease = (string)(await wire.DoAsync("retrieve", new JsonObject { ["path"] = MethodVault.Key }))["lease_id"]!;
        await wire.DoAsync("renew_lease", new JsonObject { ["lease_id"] = lease });
        await wire.DoAsync("lease_status");
        await wire.DoAsync("release_lease", new JsonObject { ["lease_id"] = lease });
        await wire.DoAsync("logout");
    }

    [Fact]
    public async Task One_connection_may_speak_both_dialects()
    {
        using var rust = await vault.SignInRustAsync(MethodVault.Agent);
        WireClient.Result(await rust.CallAsync("list"));
        using var python = await vault.SignInAsync(MethodVault.Agent);
        WireClient.Result(await python.CallAsync("credential.list", []));
    }

    [Fact]
    public async Task Signing_in_again_makes_the_connection_the_other_agents()
    {
        using var wire = await vault.SignInAsync(MethodVault.Agent);
        var earlier = wire.SessionId;
        await wire.SignInAsync(MethodVault.OtherAgent, vault.Home.KeyOf(MethodVault.OtherAgent));
        Assert.Equal(2, (await wire.DoAsync("list"))["credentials"]!.AsArray().Count);
        var refused = await wire.CallAsync("list", new JsonObject { ["session_id"] = earlier });
        Assert.Equal("SESSION_EXPIRED", (string?)WireClient.Error(refused)["code"]);
    }

    [Fact]
    public async Task A_sign_in_that_fails_leaves_the_session_that_there_is()
    {
        using var wire = await vault.SignInAsync(MethodVault.Agent);
        var session = wire.SessionId;
        await wire.CallAsync("authenticate", new JsonObject { ["agent_name"] = MethodVault.OtherAgent });
        var refused = await wire.CallAsync("challenge_response", new JsonObject { ["signature"] = new string('0', 128) });
        Assert.Equal("AUTH_FAILED", (string?)WireClient.Error(refused)["code"]);
        WireClient.Result(await wire.CallAsync("list", new JsonObject { ["session_id"] = session }));
    }

    [Fact]
    public async Task Nulls_are_as_good_as_members_left_out()
    {
        using var wire = await vault.SignInAsync(MethodVault.Agent);
        WireClient.Result(await wire.CallAsync(
            "list", new JsonObject { ["session_id"] = null, ["prefix"] = null, ["limit"] = null, ["cursor"] = null }));
        WireClient.Result(await wire.CallAsync("retrieve", new JsonObject { ["path"] = MethodVault.Key, ["ttl"] = null }));
        WireClient.Result(await wire.CallAsync("credential.retrieve", new JsonObject { ["path"] = MethodVault.Key, ["ttl"] = null }));
    }
}
