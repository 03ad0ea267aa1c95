using Sanctum.Audit;
using Sanctum.Credentials;
using Sanctum.Policies;
using Sanctum.Storage;
using Sanctum.Tests.Fixture;

namespace Sanctum.Tests.Audit;

public sealed class JournalTests
{
    [Fact]
    public async Task What_waits_while_one_commit_runs_is_committed_together()
    {
        await using var test = await TestVault.CreateAsync();
        using var reached = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        test.Store.Committing = _ =>
        {
            reached.Set();
            goOn.Await();
        };
        var before = test.Store.Commits;

        var first = Task.Run(() => test.StoreAsync("first"));
        reached.Await();
        var others = Enumerable.Range(0, 200).Select(i => test.StoreAsync($"path/{i}")).ToArray();
        Assert.DoesNotContain(others, other => other.IsCompleted);
        goOn.Set();
        await Task.WhenAll([first, .. others]).InTime();
        test.Store.Committing = null;

        Assert.InRange(test.Store.Commits - before, 2, 20);
        Assert.Equal(201, (await test.Vault.Credentials.ListAsync(test.Operator)).Count);
        await test.ReopenAsync();
        Assert.Equal(201, (await test.Vault.Credentials.ListAsync(test.Operator)).Count);
        await test.Vault.Audit.VerifyAsync(test.Operator);
    }

    [Fact]
    public async Task Each_call_comes_back_only_when_it_is_durable()
    {
        await using var test = await TestVault.CreateAsync();
        await Parallel.ForAsync(0, 300, async (i, _) =>
        {
            var info = await test.StoreAsync($"path/{i % 7}", $"value {i}");
            var copy = test.Store.Copy();
            Assert.True(copy.Records.ContainsKey(test.Operator.Unsealed.Secrets.Cipher.KeyOf(info.Path, info.Version)));
        });
        await test.ReopenAsync();
        Assert.Equal(300, (await test.Vault.Credentials.ListAsync(test.Operator)).Sum(info => info.Version));
    }

    [Fact]
    public async Task A_full_store_refuses_the_call_changes_nothing_and_works_again_when_there_is_room()
    {
        await using var test = await TestVault.CreateAsync();
        await test.StoreAsync("kept", "old");
        var before = test.Store.Fingerprint();
        test.Store.Committing = _ => throw new StoreException(StoreFailure.Full, "full");

        for (var i = 0; i < 3; i++)
        {
            await Refused.WithAsync(VaultErrorCode.StorageFailed, () => test.StoreAsync("kept", "new"));
            await Refused.WithAsync(VaultErrorCode.StorageFailed, () => test.StoreAsync("other"));
            await Refused.WithAsync(VaultErrorCode.StorageFailed, () => test.Vault.Credentials.RemoveAsync(test.Operator, Path("kept")));
            await Refused.WithAsync(VaultErrorCode.StorageFailed, () => test.RegisterAsync("bot"));
            await Refused.WithAsync(VaultErrorCode.StorageFailed, () => test.AllowAsync(PolicyActions.Use));
        }

        Assert.Equal(before, test.Store.Fingerprint());
        Assert.Equal(1, Assert.Single(await test.Vault.Credentials.ListAsync(test.Operator)).Version);
        Assert.Empty(await test.Vault.Agents.ListAsync(test.Operator));
        Assert.Empty(await test.Vault.Policies.ListAsync(test.Operator));

        test.Store.Committing = null;
        Assert.Equal(2, (await test.StoreAsync("kept", "new")).Version);
        await test.ReopenAsync();
        await test.Vault.Audit.VerifyAsync(test.Operator);
    }

    [Fact]
    public async Task A_commit_of_which_nobody_knows_stops_all_writing_until_the_store_was_read_again()
    {
        await using var test = await TestVault.CreateAsync();
        test.Store.Committed = _ => throw new StoreException(StoreFailure.Unavailable, "lost");
        await Refused.WithAsync(VaultErrorCode.StorageFailed, () => test.StoreAsync("a/b"));
        test.Store.Committed = null;
        var before = test.Store.Fingerprint();

        await Refused.WithAsync(VaultErrorCode.StorageFailed, () => test.StoreAsync("c/d"));
        Assert.Equal(VaultErrorCode.StorageFailed, (await test.Vault.SealAsync("test")).NotRecorded?.Code);
        Assert.Equal(before, test.Store.Fingerprint());

        // It had been written after all, and reading says so.
        await test.UnsealAsync();
        Assert.Equal("a/b", Assert.Single(await test.Vault.Credentials.ListAsync(test.Operator)).Path.Value);
        await test.StoreAsync("c/d");
        await test.Vault.Audit.VerifyAsync(test.Operator);
    }

    [Fact]
    public async Task A_commit_that_failed_for_sure_is_forgotten_once_that_is_known()
    {
        await using var test = await TestVault.CreateAsync();
        test.Store.Committing = _ => throw new StoreException(StoreFailure.Unavailable, "lost");
        await Refused.WithAsync(VaultErrorCode.StorageFailed, () => test.StoreAsync("a/b"));
        test.Store.Committing = null;

        // As long as it can't be asked, nothing is written.
        test.Store.Reading = _ => throw new StoreException(StoreFailure.Unavailable, "still lost");
        await Refused.WithAsync(VaultErrorCode.StorageFailed, () => test.StoreAsync("a/b"));
        test.Store.Reading = null;
        Assert.Equal(1, (await test.StoreAsync("a/b")).Version);
    }

    [Fact]
    public async Task No_secret_leaves_before_its_entry_is_durable()
    {
        await using var test = await TestVault.CreateAsync();
        await test.AllowAsync(PolicyActions.Retrieve | PolicyActions.Use);
        await test.StoreAsync("a/b", "value");
        var caller = (await test.SignInAsync("bot")).Caller;
        using var reached = new SemaphoreSlim(0);
        using var goOn = new ManualResetEventSlim();
        test.Store.Committing = _ =>
        {
            reached.Release();
            goOn.Await();
        };

        Task[] calls =
        [
            Task.Run(() => test.RetrieveAsync(caller, "a/b")),
            Task.Run(() => test.UseAsync(caller, "a/b", "http_header")),
            Task.Run(() => test.UseAsync(caller, "a/b", "sign", """{"data":"x"}""")),
            Task.Run(() => test.Vault.Credentials.GetAsync(test.Operator, Path("a/b"))),
            Task.Run(() => test.Vault.ListAsync(caller)),
        ];
        Assert.True(await reached.WaitAsync(TimeSpan.FromMinutes(2)));
        Assert.DoesNotContain(calls, call => call.IsCompleted);
        goOn.Set();
        await Task.WhenAll(calls).InTime();
        test.Store.Committing = null;
    }

    [Fact]
    public async Task Without_its_entry_no_secret_leaves_and_no_lease_begins()
    {
        await using var test = await TestVault.CreateAsync();
        await test.AllowAsync(PolicyActions.Retrieve | PolicyActions.Use);
        await test.StoreAsync("a/b", "value");
        var session = await test.SignInAsync("bot");
        test.Store.Committing = _ => throw new StoreException(StoreFailure.Full, "full");

        Func<Task>[] calls =
        [
            () => test.RetrieveAsync(session.Caller, "a/b"),
            () => test.UseAsync(session.Caller, "a/b", "http_header"),
            () => test.UseAsync(session.Caller, "a/b", "sign", """{"data":"x"}"""),
            () => test.Vault.Credentials.GetAsync(test.Operator, Path("a/b")),
            () => test.Vault.ListAsync(session.Caller),
            () => test.SignInAsync("bot"),
            () => test.RetrieveAsync(session.Caller, "not/there"),
        ];
        foreach (var call in calls)
        {
            await Refused.WithAsync(VaultErrorCode.StorageFailed, call);
        }

        Assert.Empty(await test.Vault.ListLeasesAsync(session.Caller));
        test.Store.Committing = null;
    }

    [Fact]
    public async Task Memory_is_brought_in_line_in_the_order_of_the_commits_and_one_failure_is_nobody_elses()
    {
        await using var test = await TestVault.CreateAsync();
        var vault = test.Operator.Unsealed;
        using var reached = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        List<int> applied = [];
        test.Store.Committing = _ =>
        {
            reached.Set();
            goOn.Await();
        };
        Task CommitAsync(int i) => vault.Journal.CommitAsync(OperatorEntry.Of(vault, "list", $"{i}"), apply: () =>
        {
            applied.Add(i);
            if (i == 10)
            {
                throw new InvalidOperationException("just this one");
            }
        });

        var first = Task.Run(() => CommitAsync(0));
        reached.Await();
        var others = Enumerable.Range(1, 50).Select(CommitAsync).ToArray();
        goOn.Set();
        await first.InTime();
        await Assert.ThrowsAsync<InvalidOperationException>(() => Task.WhenAll(others).InTime());
        test.Store.Committing = null;

        Assert.Equal(Enumerable.Range(0, 51), applied);
        Assert.Equal([10], others.Select((task, i) => (task, i)).Where(pair => pair.task.IsFaulted).Select(pair => pair.i + 1));
        Assert.Equal(applied.Select(i => $"{i}"), (await test.AuditAsync(new() { Action = "list" })).Select(entry => entry.Resource));
    }

    private static CredentialPath Path(string path) => CredentialPath.Parse(path);
}
