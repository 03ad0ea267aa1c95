using System.Text.Json;
using Sanctum.Agents;
using Sanctum.Audit;
using Sanctum.Credentials;
using Sanctum.Policies;
using Sanctum.Storage;
using Sanctum.Tests.Fixture;

namespace Sanctum.Tests.Audit;

public sealed class AuditLogTests
{
    private static readonly CredentialPath Path = CredentialPath.Parse("a/b");

    [Fact]
    public async Task Everything_that_is_done_leaves_an_entry_and_none_holds_a_secret()
    {
        await using var test = await TestVault.CreateAsync();
        await DoEverythingAsync(test);

        var entries = await test.AuditAsync();

        string[] actions =
        [
            "vault.create", "vault.unseal", "vault.seal", "vault.passphrase", "vault.backup", "credential.store", "credential.get",
            "credential.remove", "agent.register", "agent.remove", "policy.add", "policy.remove", "approval.grant", "approval.deny",
            "session.open", "session.close", "list", "retrieve", "use", "lease.renew", "lease.release", "lease.revoke", "lease.expire",
        ];
        Assert.Equal(actions.Order(), entries.Select(entry => entry.Action).Distinct().Order());
        Assert.Equal(Enumerable.Range(1, entries.Count).Select(i => (long)i), entries.Select(entry => entry.Sequence));
        var text = JsonSerializer.Serialize(entries);
        Assert.DoesNotContain("canary", text, StringComparison.Ordinal);
        Assert.DoesNotContain("correct horse", text, StringComparison.Ordinal);
        Assert.Equal(entries.Count, (await test.Vault.Audit.VerifyAsync(test.Operator)).Entries);
    }

    [Fact]
    public async Task Refusals_say_who_what_and_why_and_name_no_policy()
    {
        await using var test = await TestVault.CreateAsync();
        var session = await test.SignInAsync("bot");
        await Refused.WithAsync(VaultErrorCode.AccessDenied, () => test.RetrieveAsync(session.Caller, "a/b"));
        await Refused.WithAsync(VaultErrorCode.AccessDenied, () => test.UseAsync(session.Caller, "a/b", "made_up"));
        await Refused.WithAsync(VaultErrorCode.LeaseExpired, () => test.Vault.RenewLeaseAsync(session.Caller, new string('0', 32)));
        await Refused.WithAsync(VaultErrorCode.LeaseExpired, () => test.Vault.ReleaseLeaseAsync(session.Caller, "no\nid"));

        var denied = await test.AuditAsync(new AuditQuery { Denied = true });

        Assert.Equal(["retrieve", "use", "lease.renew", "lease.release"], denied.Select(entry => entry.Action));
        Assert.All(denied, entry => Assert.Equal(("agent:bot", AuditOutcome.Denied, session.Id), (entry.Actor, entry.Outcome, entry.SessionId)));
        Assert.All(denied, entry => Assert.Empty(entry.Policies));
        Assert.Equal(VaultErrorCode.AccessDenied, denied[0].Reason);
        Assert.StartsWith("(unknown operation of 7 characters, ", denied[1].Operation, StringComparison.Ordinal);
        Assert.Equal(new string('0', 32), denied[2].LeaseId);
        Assert.Null(denied[3].LeaseId);
    }

    [Fact]
    public async Task A_query_gives_what_all_its_filters_let_through()
    {
        await using var test = await TestVault.CreateAsync();
        await test.AllowAsync(PolicyActions.Retrieve, "a/*");
        await test.StoreAsync("a/b");
        await test.StoreAsync("c/d");
        var one = (await test.SignInAsync("one")).Caller;
        var two = (await test.SignInAsync("two")).Caller;
        await test.RetrieveAsync(one, "a/b");
        test.Time.Advance(TimeSpan.FromMinutes(1));
        await test.RetrieveAsync(two, "a/b");
        await Refused.WithAsync(VaultErrorCode.AccessDenied, () => test.RetrieveAsync(one, "c/d"));

        async Task<int> CountAsync(AuditQuery query) => (await test.AuditAsync(query)).Count;
        Assert.Equal(3, await CountAsync(new() { Action = "retrieve" }));
        Assert.Equal(2, await CountAsync(new() { Action = "retrieve", Agent = "one" }));
        Assert.Equal(0, await CountAsync(new() { Agent = "on" }));
        Assert.Equal(1, await CountAsync(new() { Action = "retrieve", Agent = "one", Denied = true }));
        Assert.Equal(2, await CountAsync(new() { Action = "retrieve", Resource = "a/*" }));
        Assert.Equal(2, await CountAsync(new() { Resource = "c/?" }));
        Assert.Equal(2, await CountAsync(new() { Action = "retrieve", Since = TestVault.Noon.AddMinutes(1) }));
        var last = Assert.Single(await test.AuditAsync(new() { Action = "retrieve", Last = 1 }));
        Assert.Equal("c/d", last.Resource);
        Assert.Equal(3, await CountAsync(new() { Action = "retrieve", Last = 50 }));
        await Refused.WithAsync(VaultErrorCode.InvalidParams, () => test.AuditAsync(new() { Last = 0 }));
    }

    [Fact]
    public async Task The_last_entries_are_read_from_the_end_and_come_in_order()
    {
        await using var test = await TestVault.CreateAsync();
        for (var i = 0; i < 30; i++)
        {
            await test.StoreAsync($"path/{i}");
        }

        test.Store.SegmentsReadBackwards = 0;
        var last = await test.AuditAsync(new() { Last = 3 });
        Assert.Equal(["path/27", "path/28", "path/29"], last.Select(entry => entry.Resource));
        Assert.Equal(3, test.Store.SegmentsReadBackwards);
    }

    [Fact]
    public async Task The_last_so_many_are_the_end_of_what_matches()
    {
        await using var test = await TestVault.CreateAsync();
        await DoEverythingAsync(test);
        AuditQuery[] queries =
        [
            new(), new() { Agent = "bot" }, new() { Denied = true }, new() { Resource = "a/*" }, new() { Action = "lease.revoke" }, new() { Action = "operator.login" },
            new() { Since = TestVault.Noon.AddMinutes(1) }, new() { Until = TestVault.Noon.AddMinutes(1) }, new() { Until = TestVault.Noon.AddDays(-1) },
        ];
        foreach (var query in queries)
        {
            var all = (await test.AuditAsync(query)).Select(entry => entry.Sequence).ToList();
            Assert.Equal(all.Order(), all);
            foreach (var last in new[] { 1, 2, 5, 1000 })
            {
                Assert.Equal(all.TakeLast(last), (await test.AuditAsync(query with { Last = last })).Select(entry => entry.Sequence));
            }
        }
    }

    [Fact]
    public async Task An_action_that_there_is_none_of_is_refused_and_does_not_read_as_nothing()
    {
        await using var test = await TestVault.CreateAsync();

        Assert.Equal(VaultErrorCode.InvalidParams, (await Assert.ThrowsAsync<VaultException>(() => test.AuditAsync(new() { Action = "credential.stroe" }))).Code);
        Assert.Empty(await test.AuditAsync(new() { Until = TestVault.Noon.AddDays(-1) }));
        Assert.NotEmpty(await test.AuditAsync(new() { Until = TestVault.Noon.AddDays(1) }));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(50)]
    public async Task Reading_since_a_time_leaves_what_is_long_past_alone(int? last)
    {
        await using var test = await TestVault.CreateAsync();
        await test.StoreAsync("a/b");
        await FillAsync(test, 1500);
        test.Time.Advance(TimeSpan.FromDays(2));
        await test.ReopenAsync();
        await test.StoreAsync("new/one");

        test.Store.SegmentsReadBackwards = 0;
        var since = await test.AuditAsync(new() { Since = test.Time.GetUtcNow(), Last = last });

        Assert.Equal(["vault.seal", "vault.unseal", "credential.store"], since.Select(entry => entry.Action));
        Assert.Equal(1024 + 3, test.Store.SegmentsReadBackwards);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(50)]
    public async Task A_clock_that_was_put_back_hides_nothing_since(int? last)
    {
        await using var test = await TestVault.CreateAsync();
        await test.StoreAsync("a/b");
        test.Time.AdjustTime(TestVault.Noon.AddHours(-14));
        await FillAsync(test, 1500);
        test.Time.AdjustTime(TestVault.Noon.AddYears(-50));
        await FillAsync(test, 1000);
        test.Time.AdjustTime(TestVault.Noon.AddMinutes(1));
        await test.StoreAsync("after/it");

        var since = await test.AuditAsync(new() { Since = TestVault.Noon, Action = "credential.store", Last = last });

        Assert.Equal(["a/b", "after/it"], since.Select(entry => entry.Resource));
    }

    [Fact]
    public async Task Verifying_names_the_first_entry_that_does_not_fit()
    {
        await using var test = await TestVault.CreateAsync();
        for (var i = 0; i < 5; i++)
        {
            await test.StoreAsync($"path/{i}");
        }

        var log = test.Store.Log;
        await test.Vault.Audit.VerifyAsync(test.Operator);
        async Task NamesAsync(string what)
        {
            var refusal = await Refused.WithAsync(VaultErrorCode.Damaged, () => test.Vault.Audit.VerifyAsync(test.Operator));
            Assert.Contains(what, refusal.Message, StringComparison.Ordinal);
        }

        foreach (var (first, segment) in log.ToArray())
        {
            log.Remove(first);
            await NamesAsync(first == log.Keys.Max() + 1 ? $"ends at entry {first - 1}" : $"entry {first} is missing");
            var data = segment.Data.ToArray();
            data[^1] ^= 1;
            log[first] = segment with { Data = data };
            await NamesAsync($"entry {first} can't be decrypted");
            log[first] = segment;
        }
    }

    [Fact]
    public async Task A_log_that_was_rolled_back_while_the_vault_is_open_is_found()
    {
        await using var test = await TestVault.CreateAsync();
        var earlier = test.Store.Copy();
        await test.StoreAsync("a/b");
        var now = test.Store.Copy();

        test.Store.TakeOver(earlier);

        var refusal = await Refused.WithAsync(VaultErrorCode.Damaged, () => test.Vault.Audit.VerifyAsync(test.Operator));
        Assert.Contains("rolled back to entry 2", refusal.Message, StringComparison.Ordinal);
        test.Store.TakeOver(now);
    }

    [Fact]
    public async Task A_store_that_fails_while_the_log_is_read_fails_as_the_vault_does()
    {
        await using var test = await TestVault.CreateAsync();
        var store = new FailingReads(test.Store);
        await using var vault = await Vault.OpenAsync(store, test.Options);
        await test.SealAsync();
        var by = await vault.UnsealAsync(TestVault.Passphrase);
        store.Fails = true;
        await Refused.WithAsync(VaultErrorCode.StorageFailed, async () =>
        {
            await foreach (var entry in vault.Audit.ReadAsync(by))
            {
                Assert.NotNull(entry);
            }
        });
        store.Fails = false;
    }

    private static async Task FillAsync(TestVault test, int entries)
    {
        for (var i = 0; i < entries; i++)
        {
            (await test.Vault.Credentials.GetAsync(test.Operator, Path)).Dispose();
        }
    }

    private static async Task DoEverythingAsync(TestVault test)
    {
        await test.StoreAsync("a/b", "canary-secret-of-some-length");
        await test.StoreAsync("c/d", "canary-secret-of-some-length");
        await test.AllowAsync(PolicyActions.Retrieve | PolicyActions.Use | PolicyActions.List, "a/*", name: "p");
        await test.AllowAsync(PolicyActions.Retrieve, "c/*", name: "q", conditions: new() { RequireApproval = true });
        (await test.Vault.Credentials.GetAsync(test.Operator, Path)).Dispose();
        var session = await test.SignInAsync("bot");
        await test.Vault.ListAsync(session.Caller);
        await test.UseAsync(session.Caller, "a/b", "http_header");
        await test.UseAsync(session.Caller, "a/b", "sign", """{"data":"canary-data"}""");
        await test.UseAsync(session.Caller, "a/b", "encrypt", """{"data":"canary-data","aad":"canary"}""");
        await Refused.WithAsync(VaultErrorCode.InvalidParams, () => test.UseAsync(session.Caller, "a/b", "sign", """{"canary":"x"}"""));
        var lease = await test.Vault.RetrieveAsync(session.Caller, Path);
        await test.Vault.RenewLeaseAsync(session.Caller, lease.Lease.Id);
        await test.Vault.ReleaseLeaseAsync(session.Caller, lease.Lease.Id);
        await test.Vault.RetrieveAsync(session.Caller, Path);
        await test.Vault.Leases.RevokeAllAsync(test.Operator);
        await test.Vault.RetrieveAsync(session.Caller, Path, TimeSpan.FromSeconds(1));
        test.Time.Advance(TimeSpan.FromMinutes(2));
        foreach (var approve in new[] { true, false })
        {
            var waits = await Refused.WithAsync(VaultErrorCode.ApprovalRequired, () => test.RetrieveAsync(session.Caller, "c/d"));
            var id = (string)waits.Context!["approval_id"];
            await (approve ? test.Vault.Approvals.ApproveAsync(test.Operator, id) : test.Vault.Approvals.DenyAsync(test.Operator, id));
            if (approve)
            {
                await test.RetrieveAsync(session.Caller, "c/d");
            }
        }

        await test.Vault.LogoutAsync(session);
        await test.Vault.BackupAsync(test.Operator, Stream.Null);
        await test.Vault.Credentials.RemoveAsync(test.Operator, Path);
        await test.Vault.Policies.RemoveAsync(test.Operator, "p");
        await test.Vault.Agents.RemoveAsync(test.Operator, AgentName.Parse("bot"));
        await test.Vault.ChangePassphraseAsync(test.Operator, TestVault.Passphrase, TestVault.Passphrase);
        await test.ReopenAsync();
    }

    private sealed class FailingReads(IVaultStore inner) : IVaultStore
    {
        public bool Fails { get; set; }

        public Task<byte[]?> ReadKeyDocumentAsync(CancellationToken cancellationToken = default) => inner.ReadKeyDocumentAsync(cancellationToken);

        public Task WriteKeyDocumentAsync(ReadOnlyMemory<byte> seal, CancellationToken cancellationToken = default) => inner.WriteKeyDocumentAsync(seal, cancellationToken);

        public ValueTask<StoredRecord?> ReadAsync(RecordKey key, CancellationToken cancellationToken = default) => inner.ReadAsync(key, cancellationToken);

        public Task CommitAsync(StoreBatch batch, CancellationToken cancellationToken = default) => inner.CommitAsync(batch, cancellationToken);

        public Task<IStoreSnapshot> SnapshotAsync(CancellationToken cancellationToken = default) =>
            Fails ? throw new StoreException(StoreFailure.Unavailable, "gone") : inner.SnapshotAsync(cancellationToken);

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
