using System.Text.Json;

namespace Sanctum.Daemon.Tests.Rpc;

public sealed class DialectBTests
{
    [Fact]
    public async Task An_agent_signs_in_without_ever_sending_a_session_id()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();
        var wire = await vault.ConnectAsync();

        var asked = await wire.CallAsync("auth.challenge", """{"agent":"worker"}""");
        var signature = AgentWire.Sign(vault.Agent, asked.GetProperty("challenge").GetString()!);
        var signedIn = await wire.CallAsync("auth.verify", $$"""{"agent":"worker","signature":"{{signature}}"}""");

        Assert.Equal(["challenge"], Members(asked));
        Assert.Equal(["authenticated", "session_id"], Members(signedIn));
        Assert.True(signedIn.GetProperty("authenticated").GetBoolean());
        Assert.NotEqual("", signedIn.GetProperty("session_id").GetString());
    }

    [Fact]
    public async Task A_response_has_to_name_the_agent_that_the_challenge_was_for()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();
        var wire = await vault.ConnectAsync();

        foreach (var (asking, answering) in new[] { ("worker", "stranger"), ("stranger", "worker") })
        {
            var asked = await wire.CallAsync("auth.challenge", $$"""{"agent":"{{asking}}"}""");
            var signature = AgentWire.Sign(vault.Agent, asked.GetProperty("challenge").GetString()!);
            Assert.Equal("AUTH_FAILED", await wire.CodeAsync("auth.verify", $$"""{"agent":"{{answering}}","signature":"{{signature}}"}"""));
        }

        Assert.Equal("AUTH_FAILED", await wire.CodeAsync("credential.list"));
    }

    [Fact]
    public async Task List_is_a_bare_array()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();
        var wire = await SignInAsync(vault);

        var result = await wire.CallAsync("credential.list");

        Assert.Equal(JsonValueKind.Array, result.ValueKind);
        Assert.Equal(["path", "type", "description"], Members(result[0]));
        Assert.Equal(["app/api_key", "app/binary"], result.EnumerateArray().Select(entry => entry.GetProperty("path").GetString()));
    }

    [Fact]
    public async Task Retrieve_gives_the_secret_as_a_plain_string_and_the_lease_is_released()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();
        var wire = await SignInAsync(vault);

        var result = await wire.CallAsync("credential.retrieve", """{"path":"app/api_key","ttl":60}""");

        Assert.Equal(["path", "value", "lease_id", "ttl"], Members(result));
        Assert.Equal(VaultFixture.ApiKey, result.GetProperty("value").GetString());
        Assert.Equal(60, result.GetProperty("ttl").GetInt64());
        Assert.Empty(Members(await wire.CallAsync("lease.release", $$"""{"lease_id":"{{result.GetProperty("lease_id").GetString()}}"}""")));
        Assert.Empty((await wire.CallAsync("lease_status")).GetProperty("leases").EnumerateArray());
    }

    [Fact]
    public async Task A_secret_that_is_not_text_is_refused_and_leaves_no_lease()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();
        var wire = await SignInAsync(vault);

        var error = await wire.RefusedAsync("credential.retrieve", """{"path":"app/binary","ttl":60}""");

        Assert.Equal("UNSUPPORTED_OPERATION", error.GetProperty("code").GetString());
        Assert.Contains("retrieve", error.GetProperty("suggestion").GetString(), StringComparison.Ordinal);
        Assert.Empty((await wire.CallAsync("lease_status")).GetProperty("leases").EnumerateArray());
    }

    [Fact]
    public async Task Use_wraps_the_operations_result()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();
        var wire = await SignInAsync(vault);

        var result = await wire.CallAsync("credential.use", """{"path":"app/api_key","operation":"sign","params":{"payload":"x"}}""");

        Assert.Equal(["success", "output"], Members(result));
        Assert.True(result.GetProperty("success").GetBoolean());
        Assert.Equal(["signature", "algorithm"], Members(result.GetProperty("output")));
    }

    [Fact]
    public async Task Null_params_of_a_use_are_none()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();
        var wire = await SignInAsync(vault);

        var result = await wire.CallAsync("credential.use", """{"path":"app/api_key","operation":"http_header","params":null}""");

        Assert.Equal("Authorization: Bearer " + VaultFixture.ApiKey, result.GetProperty("output").GetProperty("header").GetString());
    }

    private static async Task<AgentWire> SignInAsync(VaultFixture vault)
    {
        var wire = await vault.ConnectAsync();
        await wire.SignInAsRustAsync("worker", vault.Agent);
        return wire;
    }

    private static IEnumerable<string> Members(JsonElement element) => element.EnumerateObject().Select(member => member.Name);
}
