using System.Text.Json.Nodes;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Errors;

/// <summary><c>AUTH_FAILED</c>.</summary>
[Collection(nameof(ErrorVault))]
public sealed class AuthFailedTests(ErrorVault vault)
{
    [Fact]
    public async Task An_unknown_agent_a_malformed_name_and_a_wrong_signature_look_the_same()
    {
        var unknown = await RespondAsync("nobody", ErrorVault.Agent);
        ErrorObject.Is("AUTH_FAILED", unknown);
        foreach (var (agent, key) in new[] { (ErrorVault.Agent, ErrorVault.OtherAgent), ("../alice", ErrorVault.Agent), ("", ErrorVault.Agent) })
        {
            Assert.True(JsonNode.DeepEquals(unknown, await RespondAsync(agent, key)), agent);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    public async Task A_signature_of_the_wrong_length_is_a_wrong_signature(string signature)
    {
        using var wire = await vault.ConnectAsync();
        await ChallengeAsync(wire);
        ErrorObject.Is("AUTH_FAILED", WireClient.Error(await RespondAsync(wire, signature)));
    }

    [Fact]
    public async Task A_right_response_given_twice_is_right_once()
    {
        using var wire = await vault.ConnectAsync();
        var signature = WireClient.Sign(vault.Home.KeyOf(ErrorVault.Agent), await ChallengeAsync(wire));
        WireClient.Result(await RespondAsync(wire, signature));
        ErrorObject.Is("AUTH_FAILED", WireClient.Error(await RespondAsync(wire, signature)));
    }

    [Fact]
    public async Task A_wrong_response_uses_up_the_challenge()
    {
        using var wire = await vault.ConnectAsync();
        var signature = WireClient.Sign(vault.Home.KeyOf(ErrorVault.Agent), await ChallengeAsync(wire));
        await RespondAsync(wire, new string('0', 128));
        ErrorObject.Is("AUTH_FAILED", WireClient.Error(await RespondAsync(wire, signature)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_replayed_signature_fits_no_other_challenge(bool sameConnection)
    {
        using var first = await vault.ConnectAsync();
        using var other = await vault.ConnectAsync();
        var signature = WireClient.Sign(vault.Home.KeyOf(ErrorVault.Agent), await ChallengeAsync(first));
        WireClient.Result(await RespondAsync(first, signature));
        var wire = sameConnection ? first : other;
        await ChallengeAsync(wire);
        ErrorObject.Is("AUTH_FAILED", WireClient.Error(await RespondAsync(wire, signature)));
    }

    [Fact]
    public async Task A_challenge_for_one_agent_is_none_for_another()
    {
        using var wire = await vault.ConnectAsync();
        var asked = WireClient.Result(await wire.CallAsync("auth.challenge", new JsonObject { ["agent"] = ErrorVault.OtherAgent }));
        ErrorObject.Is("AUTH_FAILED", WireClient.Error(await wire.CallAsync("auth.verify", new JsonObject
        {
            ["agent"] = ErrorVault.Agent,
            ["signature"] = WireClient.Sign(vault.Home.KeyOf(ErrorVault.Agent), (string)asked["challenge"]!),
        })));
    }

    [Theory]
    [InlineData("list", "{}")]
    [InlineData("retrieve", """{"path":"a/key"}""")]
    [InlineData("release_lease", """{"lease_id":"x"}""")]
    [InlineData("use", """{"path":"a/key","operation":"sign"}""")]
    [InlineData("renew_lease", """{"lease_id":"x"}""")]
    [InlineData("lease_status", "{}")]
    [InlineData("logout", "{}")]
    [InlineData("credential.list", "{}")]
    [InlineData("credential.retrieve", """{"path":"a/key","ttl":60}""")]
    [InlineData("credential.use", """{"path":"a/key","operation":"sign","params":null}""")]
    [InlineData("lease.release", """{"lease_id":"x"}""")]
    public async Task Without_a_session_no_method_works(string method, string parameters)
    {
        using var wire = await vault.ConnectAsync();
        ErrorObject.Is("AUTH_FAILED", WireClient.Error(await wire.CallAsync(method, JsonNode.Parse(parameters)!.AsObject())));
    }

    private static async Task<string> ChallengeAsync(WireClient wire, string agent = ErrorVault.Agent) =>
        (string)WireClient.Result(await wire.CallAsync("authenticate", new JsonObject { ["agent_name"] = agent }))["challenge"]!;

    private static Task<JsonObject> RespondAsync(WireClient wire, string signature) =>
        wire.CallAsync("challenge_response", new JsonObject { ["signature"] = signature });

    private async Task<JsonObject> RespondAsync(string agent, string keyOf)
    {
        using var wire = await vault.ConnectAsync();
        var signature = WireClient.Sign(vault.Home.KeyOf(keyOf), await ChallengeAsync(wire, agent));
        return WireClient.Error(await RespondAsync(wire, signature));
    }
}
