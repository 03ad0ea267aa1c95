using System.Text;
using System.Text.Json;

namespace Sanctum.Daemon.Tests.Rpc;

public sealed class DialectATests
{
    [Fact]
    public async Task An_agent_signs_in_with_a_challenge_and_one_session_id()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();
        var wire = await vault.ConnectAsync();

        var asked = await wire.CallAsync("authenticate", """{"agent_name":"worker"}""");
        var id = asked.GetProperty("session_id").GetString()!;
        var signature = AgentWire.Sign(vault.Agent, asked.GetProperty("challenge").GetString()!);
        var signedIn = await wire.CallAsync("challenge_response", $$"""{"session_id":"{{id}}","signature":"{{signature}}"}""");

        Assert.Equal(["session_id", "challenge"], Members(asked));
        Assert.Equal(["authenticated", "session_id", "expires_at", "features"], Members(signedIn));
        Assert.True(signedIn.GetProperty("authenticated").GetBoolean());
        Assert.Equal(id, signedIn.GetProperty("session_id").GetString());
        Assert.True(signedIn.GetProperty("expires_at").GetDateTimeOffset() > DateTimeOffset.UnixEpoch);
    }

    [Fact]
    public async Task The_challenge_carries_its_own_label_and_the_vault_id()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();
        var wire = await vault.ConnectAsync();

        var challenge = Convert.FromHexString((await wire.CallAsync("authenticate", """{"agent_name":"worker"}""")).GetProperty("challenge").GetString()!);

        Assert.Equal("sanctum-auth-v1\0"u8, challenge.AsSpan(0, 16));
        Assert.Equal(64, challenge.Length);
    }

    [Fact]
    public async Task List_tells_what_the_agent_may_act_on_and_nothing_else()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();
        var wire = await vault.SignInAsync();

        var result = await wire.CallAsync("list", $$"""{"session_id":"{{wire.SessionId}}"}""");

        var entries = result.GetProperty("credentials").EnumerateArray().ToList();
        Assert.Equal(["app/api_key", "app/binary"], entries.Select(entry => entry.GetProperty("path").GetString()));
        Assert.Equal(["path", "type", "description", "tags", "created_at", "updated_at"], Members(entries[0]));
        Assert.False(result.TryGetProperty("next_cursor", out _));
    }

    [Fact]
    public async Task List_gives_pages_when_it_is_asked_to()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();
        var wire = await vault.SignInAsync();

        var first = await wire.CallAsync("list", """{"prefix":"app/","limit":1}""");
        var second = await wire.CallAsync("list", $$"""{"prefix":"app/","limit":1,"cursor":"{{first.GetProperty("next_cursor").GetString()}}"}""");

        Assert.Equal("app/api_key", first.GetProperty("credentials")[0].GetProperty("path").GetString());
        Assert.Equal("app/binary", second.GetProperty("credentials")[0].GetProperty("path").GetString());
    }

    [Fact]
    public async Task Retrieve_gives_the_secret_in_hex_on_a_lease()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();
        var wire = await vault.SignInAsync();

        var result = await wire.CallAsync("retrieve", $$"""{"session_id":"{{wire.SessionId}}","path":"app/api_key","ttl":60}""");

        Assert.Equal(["path", "value", "lease_id", "ttl", "expires_at", "type"], Members(result));
        Assert.Equal(VaultFixture.ApiKey, Encoding.UTF8.GetString(Convert.FromHexString(result.GetProperty("value").GetString()!)));
        Assert.Equal(60, result.GetProperty("ttl").GetInt64());
        Assert.Equal("api_key", result.GetProperty("type").GetString());
    }

    [Fact]
    public async Task A_lease_is_renewed_seen_and_released()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();
        var wire = await vault.SignInAsync();
        var lease = (await wire.CallAsync("retrieve", """{"path":"app/api_key"}""")).GetProperty("lease_id").GetString();

        var renewed = await wire.CallAsync("renew_lease", $$"""{"lease_id":"{{lease}}","ttl":30}""");
        var status = await wire.CallAsync("lease_status");
        var released = await wire.CallAsync("release_lease", $$"""{"lease_id":"{{lease}}"}""");

        Assert.Equal(["lease_id", "ttl", "expires_at"], Members(renewed));
        Assert.Equal(30, renewed.GetProperty("ttl").GetInt64());
        Assert.Equal(lease, Assert.Single(status.GetProperty("leases").EnumerateArray()).GetProperty("lease_id").GetString());
        Assert.Empty(Members(released));
        Assert.Empty((await wire.CallAsync("lease_status")).GetProperty("leases").EnumerateArray());
        Assert.Equal("LEASE_EXPIRED", await wire.CodeAsync("renew_lease", $$"""{"lease_id":"{{lease}}"}"""));
    }

    [Fact]
    public async Task Use_gives_the_operations_result_itself()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();
        var wire = await vault.SignInAsync();

        var signed = await wire.CallAsync("use", $$$"""{"session_id":"{{{wire.SessionId}}}","path":"app/api_key","operation":"sign","params":{"data":"x"}}""");

        Assert.Equal(["signature", "algorithm"], Members(signed));
    }

    [Fact]
    public async Task Logout_leaves_the_connection_nobodys()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();
        var wire = await vault.SignInAsync();

        Assert.Empty(Members(await wire.CallAsync("logout")));

        Assert.Equal("AUTH_FAILED", await wire.CodeAsync("list"));
        Assert.Equal("SESSION_EXPIRED", await wire.CodeAsync("list", $$"""{"session_id":"{{wire.SessionId}}"}"""));
    }

    [Fact]
    public async Task The_jsonrpc_member_is_mirrored_when_it_was_sent_and_ids_stay_numbers()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();
        var wire = await vault.SignInAsync();

        var with = await wire.CallRawAsync("""{"jsonrpc":"2.0","id":9007199254740993,"method":"lease_status"}""");
        var without = await wire.CallRawAsync("""{"id":-5,"method":"lease_status"}""");

        Assert.Equal("2.0", with.GetProperty("jsonrpc").GetString());
        Assert.Equal(9007199254740993, with.GetProperty("id").GetInt64());
        Assert.False(without.TryGetProperty("jsonrpc", out _));
        Assert.Equal(-5, without.GetProperty("id").GetInt64());
    }

    private static IEnumerable<string> Members(JsonElement element) => element.EnumerateObject().Select(member => member.Name);
}
