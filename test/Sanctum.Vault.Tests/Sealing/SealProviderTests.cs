using Sanctum.Audit;
using Sanctum.Sealing;
using Sanctum.Storage;
using Sanctum.Tests.Fixture;

namespace Sanctum.Tests.Sealing;

public sealed class SealProviderTests : IAsyncLifetime
{
    private readonly KeptKeys _kept = new(), _other = new("other");
    private TestVault _test = null!;

    public async ValueTask InitializeAsync()
    {
        _test = await TestVault.CreateAsync(options => options with { SealProviders = [_kept, _other], SealProviderTimeout = TimeSpan.FromSeconds(5) });
        await _test.StoreAsync("a/b", "value");
    }

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task A_provider_opens_the_vault_without_a_human_and_makes_nobody_an_operator()
    {
        await AddAsync("kept");
        var before = _test.Operator;
        await using var fresh = await ReopenAsync();
        var unsealing = await fresh.UnsealByProvidersAsync();
        Assert.Equal(("kept", 0, 0), (unsealing.OpenedBy, unsealing.Failed.Count, unsealing.Damage.Count));
        Assert.Equal("kept", fresh.UnsealedBy);
        await Refused.WithAsync(VaultErrorCode.VaultLocked, () => fresh.Credentials.ListAsync(before));

        var by = await fresh.UnsealAsync(TestVault.Passphrase);
        Assert.Single(await fresh.Credentials.ListAsync(by));
        Assert.Equal("kept", fresh.UnsealedBy);
        var unsealed = await LastAsync(fresh, by, "vault.unseal");
        Assert.Equal(("vault", "kept"), (unsealed.Actor, unsealed.Details!["provider"]));
        await Refused.WithAsync(VaultErrorCode.AuthFailed, () => fresh.UnsealAsync("another one"u8.ToArray()));
    }

    [Fact]
    public async Task The_passphrase_opens_it_as_before_and_stays()
    {
        await AddAsync("kept");
        await _test.ReopenAsync();
        Assert.Equal("passphrase", _test.Vault.UnsealedBy);
        Assert.Empty(_test.Operator.Damage);
        var refusal = await Refused.WithAsync(VaultErrorCode.Conflict, () => _test.Vault.RemoveSealProviderAsync(_test.Operator, "passphrase"));
        Assert.Contains("last way", refusal.Message, StringComparison.Ordinal);
        await _test.SealAsync();
        Assert.Null(_test.Vault.UnsealedBy);
    }

    [Fact]
    public async Task A_vault_stays_of_the_version_that_earlier_programs_read_until_a_provider_is_added()
    {
        await _test.Vault.ChangePassphraseAsync(_test.Operator, TestVault.Passphrase, TestVault.Passphrase);
        Assert.Contains("\"version\": 1", Document(), StringComparison.Ordinal);
        await using (var fresh = await ReopenAsync())
        {
            Assert.Null((await fresh.UnsealByProvidersAsync()).OpenedBy);
            Assert.True(fresh.IsSealed);
        }

        await _test.UnsealAsync();
        await AddAsync("kept");
        Assert.Contains("\"version\": 2", Document(), StringComparison.Ordinal);
        Assert.InRange(_test.Store.Seal!.Length, 1, 4096); // Earlier programs call a larger one damaged.
    }

    [Fact]
    public async Task They_are_tried_in_order_and_each_says_why_it_failed()
    {
        await AddAsync("kept");
        await AddAsync("other", "other");
        _kept.Keys.Clear();
        await using var fresh = await ReopenAsync();
        var unsealing = await fresh.UnsealByProvidersAsync();
        Assert.Equal("other", unsealing.OpenedBy);
        Assert.Equal([new SealAttempt("kept", "kept", "it has no such key", "add it again")], unsealing.Failed);
        Assert.Equal("kept", (await LastAsync(fresh, await fresh.UnsealAsync(TestVault.Passphrase), "vault.unseal")).Details!["failed_providers"]);
    }

    [Fact]
    public async Task Losing_or_removing_one_leaves_the_others()
    {
        await AddAsync("kept");
        await AddAsync("other", "other");
        Assert.Null(await _test.Vault.RemoveSealProviderAsync(_test.Operator, "kept"));
        Assert.Empty(_kept.Keys);
        await Refused.WithAsync(VaultErrorCode.NotFound, () => _test.Vault.RemoveSealProviderAsync(_test.Operator, "kept"));
        Assert.Equal(["other"], _test.Vault.SealProviders.Select(it => it.Name));
        await using (var fresh = await ReopenAsync())
        {
            Assert.Equal("other", (await fresh.UnsealByProvidersAsync()).OpenedBy);
        }

        await _test.UnsealAsync();
        Assert.Null(await _test.Vault.RemoveSealProviderAsync(_test.Operator, "other"));
        await _test.ReopenAsync();
        Assert.Empty(_test.Operator.Damage);
        Assert.Empty(_test.Vault.SealProviders);
    }

    // The vault has it no more, and another machine may have the key.
    [Fact]
    public async Task A_provider_whose_key_is_not_here_is_removed_and_the_operator_is_told()
    {
        await AddAsync("kept");
        _kept.Keys.Clear();
        var left = await _test.Vault.RemoveSealProviderAsync(_test.Operator, "kept");
        Assert.Equal(("kept", "kept", "its key is not on this machine"), (left!.Name, left.Type, left.Reason));
        Assert.Contains("where the provider was added", left.Suggestion, StringComparison.Ordinal);
        Assert.Empty(_test.Vault.SealProviders);
    }

    [Fact]
    public async Task Another_passphrase_keeps_the_providers()
    {
        await AddAsync("kept");
        var next = "another passphrase"u8.ToArray();
        await _test.Vault.ChangePassphraseAsync(_test.Operator, TestVault.Passphrase, next);
        await using var fresh = await ReopenAsync();
        Assert.Equal("kept", (await fresh.UnsealByProvidersAsync()).OpenedBy);
        await fresh.UnsealAsync(next);
        await Refused.WithAsync(VaultErrorCode.AuthFailed, () => fresh.UnsealAsync(TestVault.Passphrase));
    }

    [Fact]
    public async Task Adding_needs_the_passphrase_and_a_name_that_is_free()
    {
        await Refused.WithAsync(VaultErrorCode.AuthFailed, () => _test.Vault.AddSealProviderAsync(_test.Operator, "wrong passphrase"u8.ToArray(), new("kept", "kept", "")));
        await AddAsync("kept");
        await Refused.WithAsync(VaultErrorCode.Conflict, () => AddAsync("kept"));
        foreach (var name in new[] { "", "passphrase", "Kept", "a b", new string('a', 33), "ä" })
        {
            await Refused.WithAsync(VaultErrorCode.InvalidParams, () => AddAsync(name));
        }

        await Refused.WithAsync(VaultErrorCode.InvalidParams, () => AddAsync("new", "unknown"));
        await Refused.WithAsync(VaultErrorCode.InvalidParams, () => AddAsync("new", "kept", "line\nbreak"));
        await Refused.WithAsync(VaultErrorCode.InvalidParams, () => AddAsync("new", "kept", new string('s', 201)));
        Assert.Equal(["kept"], _test.Vault.SealProviders.Select(it => it.Name));
    }

    [Fact]
    public async Task There_is_room_for_so_many_and_what_is_too_large_changes_nothing()
    {
        for (var i = 1; i <= 8; i++)
        {
            await AddAsync($"kept-{i}");
        }

        var (asked, kept) = (_kept.Given, _kept.Keys.Count);
        var refusal = await Refused.WithAsync(VaultErrorCode.Conflict, () => AddAsync("kept-9"));
        Assert.Contains("no room", refusal.Message, StringComparison.Ordinal);
        Assert.Equal((asked, kept), (_kept.Given, _kept.Keys.Count));
        await _test.Vault.RemoveSealProviderAsync(_test.Operator, "kept-8");
        _kept.Data = new string('d', 2048);
        var before = _test.Store.Seal;
        await Refused.WithAsync(VaultErrorCode.Conflict, () => AddAsync("large"));
        Assert.Equal(before, _test.Store.Seal);
        Assert.Equal(7, _kept.Keys.Count);
    }

    [Fact]
    public async Task Each_change_is_on_the_record_before_it_takes_effect()
    {
        var commits = new List<int>();
        var start = _test.Store.Commits;
        _test.Store.Sealing = () => commits.Add(_test.Store.Commits - start);
        await AddAsync("kept", "kept", "here");
        await _test.Vault.TestSealProviderAsync(_test.Operator, "kept");
        await _test.Vault.RemoveSealProviderAsync(_test.Operator, "kept");
        Assert.Equal([1, 4], commits); // One before the document is written, and one after.
        var entries = (await _test.AuditAsync()).Where(entry => entry.Action.StartsWith("seal.", StringComparison.Ordinal)).ToList();
        Assert.Equal(["seal.add", "seal.test", "seal.remove"], entries.Select(entry => entry.Action));
        Assert.All(entries, entry => Assert.Equal(("operator", "kept", "kept", "here"), (entry.Actor, entry.Resource, entry.Details!["type"], entry.Details["settings"])));

        _test.Store.Committing = _ => throw new StoreException(StoreFailure.Full, "full");
        var before = _test.Store.Seal;
        await Refused.WithAsync(VaultErrorCode.StorageFailed, () => AddAsync("kept"));
        Assert.Equal(before, _test.Store.Seal);
        _test.Store.Committing = null;
    }

    [Fact]
    public async Task A_provider_that_can_not_give_its_key_out_again_is_not_added()
    {
        _kept.Giving = (key, _) => Task.FromResult(new byte[32]);
        var refusal = await Refused.WithAsync(VaultErrorCode.UpstreamFailed, () => AddAsync("kept"));
        Assert.Contains("did not give out the key again", refusal.Message, StringComparison.Ordinal);
        var last = (await _test.AuditAsync())[^1];
        Assert.Equal(("seal.add", AuditOutcome.Failed), (last.Action, last.Outcome));
        Assert.Empty(_test.Vault.SealProviders);
        Assert.Empty(_kept.Keys);
        Assert.Contains("\"version\": 1", Document(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_test_says_whether_it_would_open_the_vault_now()
    {
        await AddAsync("kept");
        Assert.Null(await _test.Vault.TestSealProviderAsync(_test.Operator, "kept"));
        _kept.Keys.Clear();
        Assert.Equal("it has no such key", (await _test.Vault.TestSealProviderAsync(_test.Operator, "kept"))?.Reason);
        await Refused.WithAsync(VaultErrorCode.NotFound, () => _test.Vault.TestSealProviderAsync(_test.Operator, "none"));
    }

    [Theory]
    [InlineData("before the entry", false, true)]
    [InlineData("before the entry, once", false, false)]
    [InlineData("after the entry", false, true)]
    [InlineData("before the document", false, false)]
    [InlineData("after the document", true, true)]
    [InlineData("before it is settled", true, true)]
    public async Task Interrupted_anywhere_the_vault_opens_and_a_key_stays_where_it_may_be_needed(string where, bool isAdded, bool isKept)
    {
        var commits = 0;
        void FailOnce() => throw new StoreException(StoreFailure.Unavailable, "the disk went away");
        switch (where)
        {
            case "before the entry": _test.Store.Committing = _ => FailOnce(); break;
            case "before the entry, once": _test.Store.Committing = _ => { if (++commits == 1) { FailOnce(); } }; break;
            case "after the entry": _test.Store.Committed = _ => FailOnce(); break;
            case "before the document": _test.Store.Sealing = FailOnce; break;
            case "after the document": _test.Store.SealWritten = FailOnce; break;
            default: _test.Store.Committing = _ => { if (++commits == 2) { FailOnce(); } }; break;
        }

        await Refused.WithAsync(VaultErrorCode.StorageFailed, () => AddAsync("kept"));
        Assert.Equal(isKept, !_kept.Keys.IsEmpty);
        var store = _test.Store.Copy();
        for (var round = 0; round < 2; round++)
        {
            await using var fresh = await Vault.OpenAsync(store, _test.Options);
            Assert.Equal(isAdded ? "kept" : null, (await fresh.UnsealByProvidersAsync()).OpenedBy);
            Assert.Empty((await fresh.UnsealAsync(TestVault.Passphrase)).Damage);
        }
    }

    [Fact]
    public async Task All_wrappings_go_into_a_backup_and_open_what_is_restored()
    {
        await AddAsync("kept");
        using var backup = new MemoryStream();
        await _test.Vault.BackupAsync(_test.Operator, backup);
        backup.Position = 0;
        await using var store = new OpenStore();
        await Vault.RestoreAsync(backup, store, TestVault.Passphrase);
        await using var restored = await Vault.OpenAsync(store, _test.Options);
        Assert.Equal("kept", (await restored.UnsealByProvidersAsync()).OpenedBy);
        Assert.Empty((await restored.UnsealAsync(TestVault.Passphrase)).Damage);
    }

    private Task AddAsync(string name, string type = "kept", string settings = "") =>
        _test.Vault.AddSealProviderAsync(_test.Operator, TestVault.Passphrase, new SealProviderInfo(name, type, settings));

    private async Task<Vault> ReopenAsync()
    {
        await _test.SealAsync();
        return await Vault.OpenAsync(_test.Store, _test.Options);
    }

    private string Document() => System.Text.Encoding.UTF8.GetString(_test.Store.Seal!);

    private static async Task<AuditEntry> LastAsync(Vault vault, Operator by, string action)
    {
        AuditEntry? last = null;
        await foreach (var entry in vault.Audit.ReadAsync(by, new AuditQuery { Action = action }))
        {
            last = entry;
        }

        return last!;
    }
}
