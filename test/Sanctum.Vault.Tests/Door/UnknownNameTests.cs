using Sanctum.Audit;
using Sanctum.Policies;
using Sanctum.Sessions;
using Sanctum.Tests.Fixture;

namespace Sanctum.Tests.Door;

/// <summary>What an agent sends in a name's place can be a secret. Of what nobody has, the log keeps the length and a hash.</summary>
public sealed class UnknownNameTests : IAsyncLifetime
{
    private const string Pasted = "sk_live_51HCanary";
    private TestVault _test = null!;
    private Session _bot = null!;

    public async ValueTask InitializeAsync()
    {
        _test = await TestVault.CreateAsync();
        _bot = await _test.SignInAsync("bot");
        await _test.StoreAsync("a/b");
    }

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Theory]
    [InlineData(false, VaultErrorCode.AccessDenied)]
    [InlineData(true, VaultErrorCode.CredentialNotFound)]
    public async Task A_path_that_nothing_is_stored_at_is_not_in_the_log(bool granted, VaultErrorCode code)
    {
        if (granted)
        {
            await _test.AllowAsync(PolicyActions.Use | PolicyActions.Retrieve);
        }

        await Refused.WithAsync(code, () => _test.RetrieveAsync(_bot.Caller, Pasted));
        await Refused.WithAsync(code, () => _test.RetrieveAsync(_bot.Caller, Pasted));
        await Refused.WithAsync(code, () => _test.UseAsync(_bot.Caller, Pasted + "2", "sign", """{"data":"x"}"""));

        var denied = (await _test.AuditAsync()).Where(entry => entry.Reason == code).ToList();
        Assert.Equal(3, denied.Count);
        Assert.All(denied, entry => Assert.DoesNotContain(Pasted, entry.ToString(), StringComparison.Ordinal));
        Assert.Matches("^\\(unknown path of 17 characters, [0-9a-f]{16}\\)$", denied[0].Resource);
        Assert.Equal(denied[0].Resource, denied[1].Resource);
        Assert.NotEqual(denied[0].Resource, denied[2].Resource);
    }

    [Fact]
    public async Task A_path_that_something_is_stored_at_is_in_the_log_whether_it_is_granted_or_not()
    {
        await Refused.WithAsync(VaultErrorCode.AccessDenied, () => _test.RetrieveAsync(_bot.Caller, "a/b"));
        Assert.Equal("a/b", (await _test.AuditAsync())[^1].Resource);
    }

    [Fact]
    public async Task What_is_refused_is_said_in_the_same_words_whether_something_is_stored_there_or_not()
    {
        var there = await Refused.WithAsync(VaultErrorCode.AccessDenied, () => _test.RetrieveAsync(_bot.Caller, "a/b"));
        var not = await Refused.WithAsync(VaultErrorCode.AccessDenied, () => _test.RetrieveAsync(_bot.Caller, Pasted));
        Assert.Equal(there.Message, not.Message);
        Assert.DoesNotContain(Pasted, not.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_name_has_another_hash_in_another_vault()
    {
        await using var other = await TestVault.CreateAsync();
        var bot = await other.SignInAsync("bot");
        await Refused.WithAsync(VaultErrorCode.AccessDenied, () => _test.RetrieveAsync(_bot.Caller, Pasted));
        await Refused.WithAsync(VaultErrorCode.AccessDenied, () => other.RetrieveAsync(bot.Caller, Pasted));
        Assert.NotEqual((await _test.AuditAsync())[^1].Resource, (await other.AuditAsync())[^1].Resource);
    }

    [Fact]
    public async Task A_name_that_no_agent_has_is_not_in_the_log()
    {
        foreach (var name in new[] { Pasted, "\u001b[2J" })
        {
            await Refused.WithAsync(VaultErrorCode.AuthFailed, () => _test.Vault.AuthenticateAsync(_test.Vault.IssueChallenge(name), new byte[64], "test"));
            var entry = (await _test.AuditAsync())[^1];
            Assert.Equal((AuditActions.SessionOpen, "agent:?"), (entry.Action, entry.Actor));
            Assert.Matches($"^\\(unknown agent of {name.Length} characters, [0-9a-f]{{16}}\\)$", entry.Details!["agent"]);
        }
    }
}
