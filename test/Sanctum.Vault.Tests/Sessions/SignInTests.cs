using Sanctum.Agents;
using Sanctum.Sessions;
using Sanctum.Tests.Fixture;

namespace Sanctum.Tests.Sessions;

public sealed class SignInTests
{
    [Fact]
    public async Task A_challenge_says_what_it_is_for_and_is_never_the_same()
    {
        await using var test = await TestVault.CreateAsync();
        var bytes = test.Vault.IssueChallenge("bot").Bytes.ToArray();
        Assert.Equal(64, bytes.Length);
        Assert.Equal("sanctum-auth-v1\0"u8, bytes.AsSpan(0, 16));
        Assert.Equal(test.Vault.Id.ToByteArray(bigEndian: true), bytes[16..32]);
        Assert.NotEqual(bytes, test.Vault.IssueChallenge("bot").Bytes.ToArray());
    }

    [Fact]
    public async Task A_challenge_is_valid_for_one_right_response()
    {
        await using var test = await TestVault.CreateAsync();
        await test.RegisterAsync("bot");
        var challenge = test.Vault.IssueChallenge("bot");
        var signature = test.KeyOf("bot").Sign(challenge.Bytes.Span);
        await test.Vault.AuthenticateAsync(challenge, signature, "here");
        await FailsAsync(test, challenge, signature);
    }

    [Fact]
    public async Task A_wrong_response_uses_up_a_challenge_too()
    {
        await using var test = await TestVault.CreateAsync();
        await test.RegisterAsync("bot");
        var challenge = test.Vault.IssueChallenge("bot");
        await FailsAsync(test, challenge, new byte[64]);
        await FailsAsync(test, challenge, test.KeyOf("bot").Sign(challenge.Bytes.Span));
    }

    [Fact]
    public async Task One_of_many_right_responses_at_once_is_taken()
    {
        await using var test = await TestVault.CreateAsync(options => options with { MaxFailedSignInsPerMinute = 1000 });
        await test.RegisterAsync("bot");
        var challenge = test.Vault.IssueChallenge("bot");
        var signature = test.KeyOf("bot").Sign(challenge.Bytes.Span);
        var taken = 0;
        await Parallel.ForAsync(0, 16, async (_, _) =>
        {
            try
            {
                await test.Vault.AuthenticateAsync(challenge, signature, "here");
                Interlocked.Increment(ref taken);
            }
            catch (VaultException refused) when (refused.Code == VaultErrorCode.AuthFailed)
            {
                // All but one.
            }
        });
        Assert.Equal(1, taken);
    }

    [Theory]
    [InlineData(29, true)]
    [InlineData(30, false)]
    [InlineData(31, false)]
    public async Task A_challenge_is_valid_for_thirty_seconds(int seconds, bool taken)
    {
        await using var test = await TestVault.CreateAsync();
        await test.RegisterAsync("bot");
        var challenge = test.Vault.IssueChallenge("bot");
        test.Time.Advance(TimeSpan.FromSeconds(seconds));
        var signature = test.KeyOf("bot").Sign(challenge.Bytes.Span);
        if (taken)
        {
            await test.Vault.AuthenticateAsync(challenge, signature, "here");
        }
        else
        {
            await FailsAsync(test, challenge, signature);
        }
    }

    [Fact]
    public async Task Another_vaults_challenge_is_none_of_this_ones()
    {
        await using var one = await TestVault.CreateAsync();
        await using var other = await TestVault.CreateAsync();
        await one.RegisterAsync("bot");
        await other.Vault.Agents.RegisterAsync(other.Operator, AgentName.Parse("bot"), one.KeyOf("bot").PublicKey);
        var challenge = other.Vault.IssueChallenge("bot");
        await FailsAsync(one, challenge, one.KeyOf("bot").Sign(challenge.Bytes.Span));
    }

    [Fact]
    public async Task Unknown_and_known_agents_are_refused_in_the_same_words()
    {
        await using var test = await TestVault.CreateAsync(options => options with { MaxFailedSignInsPerMinute = 1000 });
        await test.RegisterAsync("bot");
        await test.RegisterAsync("-");
        List<string> answers = [];
        foreach (var name in new[] { "bot", "nobody", "", "-", "not a name", new string('x', 5000), "böt", "bot\0" })
        {
            foreach (var signature in new[] { new byte[64], [], new byte[63], test.KeyOf("bot").Sign("something else"u8) })
            {
                var refusal = await FailsAsync(test, test.Vault.IssueChallenge(name), signature);
                answers.Add($"{refusal.Message}|{refusal.Detail}|{refusal.Suggestion}|{refusal.Context?.Count}");
            }
        }

        Assert.Single(answers.Distinct());

        // A malformed name is looked up as another that can be registered, and must not be it.
        var asNobody = test.Vault.IssueChallenge("not a name");
        await FailsAsync(test, asNobody, test.KeyOf("-").Sign(asNobody.Bytes.Span));
    }

    [Fact]
    public async Task One_agents_key_does_not_sign_for_another()
    {
        await using var test = await TestVault.CreateAsync();
        await test.RegisterAsync("one");
        await test.RegisterAsync("two");
        var challenge = test.Vault.IssueChallenge("one");
        await FailsAsync(test, challenge, test.KeyOf("two").Sign(challenge.Bytes.Span));
    }

    [Fact]
    public async Task Failing_is_limited_where_it_comes_from_and_locks_no_agent_out()
    {
        await using var test = await TestVault.CreateAsync();
        await test.RegisterAsync("bot");
        for (var i = 0; i < 10; i++)
        {
            await FailsAsync(test, test.Vault.IssueChallenge("bot"), new byte[64], "attacker");
        }

        var limited = await Refused.WithAsync(
            VaultErrorCode.RateLimited, () => test.Vault.AuthenticateAsync(test.Vault.IssueChallenge("bot"), new byte[64], "attacker"));
        Assert.Equal(60L, limited.Context!["retry_after"]);

        // The agent itself is let in, from somewhere else and from the same place.
        await test.SignInAsync("bot");
        var challenge = test.Vault.IssueChallenge("bot");
        await test.Vault.AuthenticateAsync(challenge, test.KeyOf("bot").Sign(challenge.Bytes.Span), "attacker");

        test.Time.Advance(TimeSpan.FromSeconds(60));
        await FailsAsync(test, test.Vault.IssueChallenge("bot"), new byte[64], "attacker");
    }

    [Fact]
    public async Task Failing_under_what_is_no_name_does_not_keep_the_vault_from_being_unsealed()
    {
        await using var test = await TestVault.CreateAsync();
        await test.RegisterAsync("bot");
        await FailsAsync(test, test.Vault.IssueChallenge("a b"), new byte[64]);

        await test.ReopenAsync();

        await test.SignInAsync("bot");
    }

    [Fact]
    public async Task Failing_to_sign_in_is_no_activity()
    {
        await using var test = await TestVault.CreateAsync();
        var before = test.Vault.LastActivity;
        test.Time.Advance(TimeSpan.FromMinutes(1));
        await FailsAsync(test, test.Vault.IssueChallenge("bot"), new byte[64]);
        Assert.Equal(before, test.Vault.LastActivity);
        await test.SignInAsync("bot");
        Assert.Equal(test.Time.GetUtcNow(), test.Vault.LastActivity);
    }

    private static Task<VaultException> FailsAsync(TestVault test, Challenge challenge, byte[] signature, string source = "here") =>
        Refused.WithAsync(VaultErrorCode.AuthFailed, () => test.Vault.AuthenticateAsync(challenge, signature, source));
}
