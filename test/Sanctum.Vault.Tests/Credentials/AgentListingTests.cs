using Sanctum.Agents;
using Sanctum.Credentials;
using Sanctum.Operations;
using Sanctum.Policies;
using Sanctum.Tests.Fixture;

namespace Sanctum.Tests.Credentials;

public sealed class AgentListingTests : IAsyncLifetime
{
    private TestVault _test = null!;
    private Caller _bot = null!;

    public async ValueTask InitializeAsync()
    {
        _test = await TestVault.CreateAsync();
        foreach (var path in new[] { "a/1", "a/2", "a/3", "b/1", "b/2", "c/1" })
        {
            await _test.StoreAsync(path);
        }

        _bot = (await _test.SignInAsync("bot")).Caller;
    }

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task Without_a_policy_there_is_nothing_to_see() => Assert.Empty(await PathsAsync());

    [Fact]
    public async Task An_agent_sees_what_it_holds_any_grant_on_and_nothing_else()
    {
        await _test.AllowAsync(PolicyActions.Use, "a/?");
        await _test.AllowAsync(PolicyActions.List, "b/1");
        await _test.AllowAsync(PolicyActions.Retrieve, "*", agent: "other");
        Assert.Equal(["a/1", "a/2", "a/3", "b/1"], await PathsAsync());
    }

    [Fact]
    public async Task Pages_follow_one_another_without_gap_or_repetition()
    {
        await _test.AllowAsync(PolicyActions.Use, "?/?");
        List<string> seen = [];
        string? cursor = null;
        do
        {
            var page = await _test.Vault.ListAsync(_bot, limit: 2, cursor: cursor);
            Assert.InRange(page.Credentials.Count, 1, 2);
            seen.AddRange(page.Credentials.Select(credential => credential.Path.Value));
            cursor = page.NextCursor;
        }
        while (cursor is not null);
        Assert.Equal(["a/1", "a/2", "a/3", "b/1", "b/2", "c/1"], seen);
    }

    // What takes a processor for long is done in turns; the test holds the only one there is.
    [Fact]
    public async Task A_list_of_thousands_waits_for_its_agents_turn_and_a_short_one_does_not()
    {
        await _test.AllowAsync(PolicyActions.Use, "?/?");
        var unsealed = _test.Vault.Enter(_test.Operator);
        try
        {
            await HoldingAsync(unsealed.Heavy, async () => Assert.Equal(6, (await PathsAsync()).Length));
            for (var i = 0; i < 1000; i++)
            {
                unsealed.Credentials.Put(unsealed.Credentials.Require(CredentialPath.Parse("a/1")) with { Path = CredentialPath.Parse($"more/{i}") });
            }

            var waiting = Task.CompletedTask;
            await HoldingAsync(unsealed.Heavy, async () =>
            {
                waiting = PathsAsync();
                await Task.Yield();
                Assert.False(waiting.IsCompleted);
            });
            await waiting;
        }
        finally
        {
            unsealed.Exit();
        }
    }

    [Fact]
    public async Task A_full_last_page_has_no_cursor()
    {
        await _test.AllowAsync(PolicyActions.Use);
        Assert.Null((await _test.Vault.ListAsync(_bot, limit: 6)).NextCursor);
        Assert.Equal("b/2", (await _test.Vault.ListAsync(_bot, limit: 5)).NextCursor);
    }

    [Fact]
    public async Task A_prefix_is_compared_by_its_characters()
    {
        await _test.AllowAsync(PolicyActions.Use);
        Assert.Equal(["a/1", "a/2", "a/3"], await PathsAsync("a/"));
        Assert.Equal(["b/2"], await PathsAsync("b/2"));
        Assert.Empty(await PathsAsync("A/"));
        Assert.Empty(await PathsAsync("a\u00ad/"));
    }

    [Theory]
    [InlineData(0, null)]
    [InlineData(-1, null)]
    [InlineData(100_001, null)]
    [InlineData(1, "")]
    [InlineData(1, "../x")]
    public async Task A_limit_or_cursor_that_is_none_is_refused(int limit, string? cursor) =>
        await Refused.WithAsync(VaultErrorCode.InvalidParams, () => _test.Vault.ListAsync(_bot, limit: limit, cursor: cursor));

    [Fact]
    public async Task A_page_is_no_larger_than_a_reply_may_be_and_never_empty()
    {
        await using var test = await TestVault.CreateAsync(options => options with { MaxResultBytes = 100 });
        await test.StoreAsync("a/1");
        await test.StoreAsync("a/2");
        await test.AllowAsync(PolicyActions.Use);
        var page = await test.Vault.ListAsync((await test.SignInAsync("bot")).Caller);
        Assert.Equal(("a/1", "a/1"), (Assert.Single(page.Credentials).Path.Value, page.NextCursor));
    }

    private async Task<string[]> PathsAsync(string? prefix = null) =>
        [.. (await _test.Vault.ListAsync(_bot, prefix)).Credentials.Select(credential => credential.Path.Value)];

    private static async Task HoldingAsync(HeavyWork heavy, Func<Task> body)
    {
        var stranger = AgentName.Parse("stranger");
        var (let, held) = (new TaskCompletionSource(), new List<Task>());
        var workers = new VaultOptions().MaxHeavyOperations;
        for (var i = 0; i < workers; i++)
        {
            held.Add(heavy.RunAsync(stranger, async () =>
            {
                await let.Task;
                return 0;
            }, default).AsTask());
        }

        await body();
        let.SetResult();
        await Task.WhenAll(held);
    }
}
