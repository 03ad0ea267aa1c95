using System.Text.Json.Nodes;
using Sanctum.Client;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Clients;

/// <summary>Exceptions of the .NET client, each by its real cause. <see cref="ClientSealTests"/> and <see cref="ClientSessionTests"/> have
/// the two kinds that need a vault of their own.</summary>
[Collection(nameof(ClientVault))]
public sealed class ClientErrorTests(ClientVault vault)
{
    [Fact]
    public async Task The_wrong_key_and_an_unknown_agent_are_auth_exceptions()
    {
        var wrong = new SanctumClientOptions { SocketPath = vault.Home.Socket, KeyPath = vault.Home.KeyOf(ClientVault.Holder) };
        foreach (var agent in new[] { ClientVault.Agent, "nobody" })
        {
            Whole(await Assert.ThrowsAsync<AuthException>(() => SanctumClient.ConnectAsync(agent, wrong)), "AUTH_FAILED");
        }
    }

    [Fact]
    public async Task What_no_policy_grants_is_an_access_denied_exception()
    {
        await using var client = await vault.OpenAsync();
        Whole(await Assert.ThrowsAsync<AccessDeniedException>(() => client.RetrieveAsync("elsewhere/key")), "ACCESS_DENIED");
    }

    [Fact]
    public async Task What_is_granted_and_missing_is_a_credential_not_found_exception()
    {
        await using var client = await vault.OpenAsync();
        var thrown = await Assert.ThrowsAsync<CredentialNotFoundException>(() => client.RetrieveAsync("team/missing"));
        Assert.Equal("team/missing", Whole(thrown, "CREDENTIAL_NOT_FOUND").Context["path"].GetString());
    }

    [Fact]
    public async Task A_lease_that_was_revoked_is_a_lease_expired_exception_with_a_detail()
    {
        await using var client = await vault.OpenAsync();
        await using var lease = await client.RetrieveLeaseAsync(ClientVault.Key);
        (await vault.Home.RunAsync("lease", "revoke", lease.LeaseId)).Done();
        var thrown = await Assert.ThrowsAsync<LeaseExpiredException>(() => lease.RenewAsync());
        Assert.NotEmpty(Whole(thrown, "LEASE_EXPIRED").Detail!);
        await Assert.ThrowsAsync<LeaseExpiredException>(() => client.ReleaseLeaseAsync(lease.LeaseId));
    }

    [Fact]
    public async Task The_use_after_the_hours_last_one_is_a_rate_limited_exception_that_says_when()
    {
        await using var client = await vault.OpenAsync();
        await client.SignAsync("limited/key", "x");
        var thrown = await Assert.ThrowsAsync<RateLimitedException>(() => client.SignAsync("limited/key", "x"));
        Whole(thrown, "RATE_LIMITED");
        Assert.InRange(thrown.RetryAfter!.Value, TimeSpan.FromMinutes(50), TimeSpan.FromMinutes(60));
    }

    [Fact]
    public async Task Every_other_code_is_the_base_type()
    {
        await using var client = await vault.OpenAsync();
        var asked = await Assert.ThrowsAsync<VaultException>(() => client.SignAsync("asked/key", "x"));
        var approval = Whole(asked, "APPROVAL_REQUIRED").Context["approval_id"].GetString()!;
        (await vault.Home.RunAsync("approval", "approve", approval)).Done();
        await client.SignAsync("asked/key", "x");

        var invalid = await Assert.ThrowsAsync<VaultException>(() => client.UseAsync(ClientVault.Key, "sign", new JsonObject { ["date"] = "x" }));
        Assert.Equal("date", Whole(invalid, "INVALID_PARAMS").Context["member"].GetString());
        Whole(await Assert.ThrowsAsync<VaultException>(() => client.UseAsync(ClientVault.Key, "teleport")), "UNSUPPORTED_OPERATION");
    }

    [Fact]
    public async Task An_agent_that_is_removed_is_told_so_when_its_client_signs_in_again()
    {
        await vault.Home.RegisterAsync("leaver");
        await using var client = await vault.OpenAsync("leaver");
        await client.ListAsync();
        (await vault.Home.RunAsync("agent", "remove", "leaver")).Done();
        Whole(await Assert.ThrowsAsync<AuthException>(() => client.ListAsync()), "AUTH_FAILED");
    }

    /// <summary>The exception, if it has all that the daemon sends with every error.</summary>
    internal static VaultException Whole(VaultException thrown, string code)
    {
        Assert.Equal((code, $"docs/errors.md#{code.ToLowerInvariant()}"), (thrown.Code, thrown.DocsUrl));
        Assert.False(string.IsNullOrEmpty(thrown.Message) || string.IsNullOrEmpty(thrown.Suggestion));
        return thrown;
    }
}
