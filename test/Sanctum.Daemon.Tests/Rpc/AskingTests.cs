using System.Text.Json;
using Sanctum.Credentials;

namespace Sanctum.Daemon.Tests.Rpc;

/// <summary>An agent asks for access over its socket, and an operator decides over theirs.</summary>
public sealed class AskingTests
{
    private const string Asked = """{"path":"other/key","operation":"sign","reason":"to sign \u001b[2J\u202e the letter","duration":600}""";

    [Fact]
    public async Task A_request_is_granted_by_an_operator_and_its_agent_hears_of_it_after_a_restart_too()
    {
        await using var vault = await VaultFixture.CreateAsync((vault, by) =>
            vault.Credentials.StoreAsync(by, CredentialPath.Parse("other/key"), "CANARY-key-of-32-bytes-0123456789"u8.ToArray()));
        string handle;
        await using (await vault.StartAsync())
        {
            await using var by = await vault.OperatorAsync();
            var wire = await vault.SignInAsync();
            var pending = await wire.CallAsync("request_access", Asked);
            handle = pending.GetProperty("handle").GetString()!;
            Assert.Equal("pending", pending.GetProperty("status").GetString());
            Assert.Equal("ACCESS_DENIED", await wire.CodeAsync("use", """{"path":"other/key","operation":"sign","params":{"data":"x"}}"""));

            var seen = Assert.Single(await by.ListProposalsAsync());
            Assert.Equal((handle, "worker", "other/key", 600L, "to sign \u001b[2J\u202e the letter"), (seen.ProposalId, seen.Agent, seen.Path, seen.ForSeconds, seen.Reason));
            await by.GrantProposalAsync(new(handle, ForSeconds: 300, MaxPerHour: 5));
        }

        await using (await vault.StartAsync())
        {
            var wire = await vault.SignInAsync();
            var granted = await wire.CallAsync("access_status", $$"""{"handle":"{{handle}}"}""");
            Assert.Equal("granted", granted.GetProperty("status").GetString());
            Assert.Equal(("other/key", "sign", 5), (Text(granted, "path"), Text(granted, "operation"), granted.GetProperty("granted").GetProperty("max_per_hour").GetInt32()));
            await wire.CallAsync("use", """{"path":"other/key","operation":"sign","params":{"data":"x"}}""");
            await using var by = await vault.OperatorAsync();
            Assert.Equal($"access-{handle}", Assert.Single(await by.ReadAuditAsync(new() { Action = "use" }).ToListAsync(), entry => entry.Outcome == "allowed").Policies.Single());
        }
    }

    [Fact]
    public async Task A_denial_says_what_the_operator_said()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();
        await using var by = await vault.OperatorAsync();
        var wire = await vault.SignInAsync();
        var handle = (await wire.CallAsync("request_access", Asked)).GetProperty("handle").GetString()!;

        await by.DenyProposalAsync(new(handle, "use app/api_key"));

        var denied = await wire.CallAsync("access_status", $$"""{"handle":"{{handle}}"}""");
        Assert.Equal(("denied", "use app/api_key"), (denied.GetProperty("status").GetString(), denied.GetProperty("reason").GetString()));
    }

    // All that differs between two responses is the handle and the time.
    [Fact]
    public async Task Whether_a_credential_exists_can_not_be_told_by_asking_for_it()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();
        var wire = await vault.SignInAsync();

        var there = await wire.CallAsync("request_access", Asked);
        var absent = await wire.CallAsync("request_access", Asked.Replace("other/key", "other/none", StringComparison.Ordinal));

        Assert.Equal(Names(there), Names(absent));
        Assert.Equal(there.GetProperty("status").GetString(), absent.GetProperty("status").GetString());
    }

    [Theory]
    [InlineData("""{"operation":"sign","reason":"x"}""")]
    [InlineData("""{"path":"a/b","service":"a","operation":"sign","reason":"x"}""")]
    [InlineData("""{"path":"../b","operation":"sign","reason":"x"}""")]
    [InlineData("""{"path":"a/b","operation":"sign"}""")]
    [InlineData("""{"path":"a/b","operation":"sign","reason":"x","duration":0}""")]
    [InlineData("""{"path":"a/b","operation":"sign","reason":"x","duration":9223372036854775807}""")]
    [InlineData("""{"path":"a/b","operation":"http_request","reason":"x","hosts":[null]}""")]
    [InlineData("""{"path":"a/b","operation":"sign","reason":"x","secret":"y"}""")]
    public async Task What_can_not_be_asked_is_refused(string parameters)
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();
        var wire = await vault.SignInAsync();

        Assert.Equal("INVALID_PARAMS", await wire.CodeAsync("request_access", parameters));
        Assert.Equal("INVALID_PARAMS", await wire.CodeAsync("access_status", """{"handle":"00000000000000000000000000000000"}"""));
    }

    private static string? Text(JsonElement status, string member) => status.GetProperty("granted").GetProperty(member).GetString();

    private static IEnumerable<string> Names(JsonElement status) => status.EnumerateObject().Select(member => member.Name);
}
