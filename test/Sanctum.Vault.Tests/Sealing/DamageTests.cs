using Sanctum.Audit;
using Sanctum.Policies;
using Sanctum.Storage;
using Sanctum.Tests.Fixture;

namespace Sanctum.Tests.Sealing;

/// <summary>A part of the vault is damaged: it is named, and the rest is served.</summary>
public sealed class DamageTests : IAsyncLifetime
{
    private TestVault _test = null!;

    public async ValueTask InitializeAsync()
    {
        _test = await TestVault.CreateAsync();
        await _test.StoreAsync("a/b", "one");
        await _test.StoreAsync("a/c", "two");
        await _test.AllowAsync(PolicyActions.Retrieve, "a/b", name: "limited", conditions: new PolicyConditions { MaxRetrievalsPerHour = 5 });
        await _test.AllowAsync(PolicyActions.Retrieve, "a/c", name: "free");
        await _test.RegisterAsync("bot");
        await _test.SealAsync();
    }

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task Damage_at_the_logs_end_is_named_by_unsealing_and_on_the_record_and_the_vault_is_served()
    {
        SpoilEntry(3);
        _test.Store.Log.Remove(4);
        await _test.UnsealAsync();
        Assert.Equal(["audit entry 4 is missing", "audit entry 3 can't be decrypted"], _test.Operator.Damage);
        var entry = (await _test.AuditAsync(new AuditQuery { Last = 1 }))[0];
        Assert.Equal(("vault.unseal", "2"), (entry.Action, entry.Details!["damaged"]));
        Assert.Equal("two", await _test.RetrieveAsync((await _test.SignInAsync("bot")).Caller, "a/c"));
        await Refused.WithAsync(VaultErrorCode.Damaged, () => _test.Vault.Audit.VerifyAsync(_test.Operator));
    }

    [Fact]
    public async Task An_hourly_limit_whose_uses_can_not_be_read_is_spent_for_an_hour()
    {
        SpoilEntry(_test.Store.Log.Keys.Max());
        await _test.UnsealAsync();
        var caller = (await _test.SignInAsync("bot")).Caller;
        await Refused.WithAsync(VaultErrorCode.RateLimited, () => _test.RetrieveAsync(caller, "a/b"));
        _test.Time.Advance(TimeSpan.FromMinutes(59));
        await Refused.WithAsync(VaultErrorCode.RateLimited, async () => await _test.RetrieveAsync((await _test.SignInAsync("bot")).Caller, "a/b"));
        _test.Time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal("one", await _test.RetrieveAsync((await _test.SignInAsync("bot")).Caller, "a/b"));
    }

    [Fact]
    public async Task A_row_where_the_next_entry_is_to_be_written_keeps_the_vault_sealed_and_is_named()
    {
        var next = _test.Store.Log.Keys.Max() + 1;
        _test.Store.Log[next] = _test.Store.Log[2] with { FirstSequence = next };
        var refusal = await Refused.WithAsync(VaultErrorCode.Damaged, _test.UnsealAsync);
        Assert.Contains($"row {next} ", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-5)]
    [InlineData(long.MinValue)]
    public async Task A_row_before_the_first_entry_is_named(long number)
    {
        _test.Store.Log[number] = _test.Store.Log[2] with { FirstSequence = number };
        await _test.UnsealAsync();
        Assert.Contains(_test.Operator.Damage, it => it.StartsWith($"row {number} ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData(1000, false)]
    [InlineData(null, true)]
    [InlineData(1000, true)]
    public async Task What_does_not_open_of_the_log_is_named_after_all_other_entries_have_been_shown(int? last, bool since)
    {
        await _test.UnsealAsync();
        var whole = (await _test.AuditAsync()).Select(it => it.Sequence).ToList();
        SpoilEntry(3);
        SpoilEntry(5);
        _test.Store.Log[-7] = _test.Store.Log[2] with { FirstSequence = -7 };
        var shown = new List<long>();
        var refusal = await Refused.WithAsync(VaultErrorCode.Damaged, async () =>
        {
            await foreach (var entry in _test.Vault.Audit.ReadAsync(_test.Operator, new AuditQuery { Last = last, Since = since ? TestVault.Noon : null }))
            {
                shown.Add(entry.Sequence);
            }
        });
        Assert.Equal(whole.Except([3, 5]), shown);
        Assert.Contains("audit entry 3 can't be decrypted", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("audit entry 5 can't be decrypted", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_does_not_open_further_back_than_was_asked_for_is_not_read()
    {
        await _test.UnsealAsync();
        SpoilEntry(3);
        Assert.Equal(2, (await _test.AuditAsync(new AuditQuery { Last = 2 })).Count);
    }

    [Fact]
    public async Task An_agent_is_told_that_entries_of_its_own_may_be_missing_and_gets_the_others()
    {
        await _test.UnsealAsync();
        var caller = (await _test.SignInAsync("bot")).Caller;
        Assert.False((await _test.Vault.ReadOwnAuditAsync(caller, 100)).IsIncomplete);
        SpoilEntry(3);
        var page = await _test.Vault.ReadOwnAuditAsync(caller, 100);
        Assert.True(page.IsIncomplete);
        Assert.Equal(["session.open", "audit.read", "audit.read"], page.Entries.Select(it => it.Action));
    }

    [Fact]
    public async Task A_backup_of_a_damaged_vault_is_refused_with_what_is_damaged_and_taken_with_it_when_asked()
    {
        SpoilEntry(3);
        SpoilSecret();
        await _test.UnsealAsync();
        using var backup = new MemoryStream();
        await _test.Vault.BackupAsync(_test.Operator, backup);
        var refused = new OpenStore();
        var refusal = await Refused.WithAsync(VaultErrorCode.Damaged, () => RestoreAsync(backup, refused, acceptDamage: false));
        Assert.Contains("the secret of 'a/", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("audit entry 3 ", refusal.Message, StringComparison.Ordinal);
        Assert.Null(refused.Seal);

        var store = new OpenStore();
        var restored = await RestoreAsync(backup, store, acceptDamage: true);
        Assert.Equal(2, restored.Damage.Count);
        await using var vault = await Vault.OpenAsync(store, _test.Options);
        var by = await vault.UnsealAsync(TestVault.Passphrase);
        Assert.Equal(2, (await vault.Credentials.ListAsync(by)).Count);
        Assert.Single(by.Damage);
    }

    [Fact]
    public async Task Records_that_say_who_may_do_what_are_never_taken_damaged()
    {
        await _test.UnsealAsync();
        using var whole = new MemoryStream();
        await _test.Vault.BackupAsync(_test.Operator, whole);
        var key = _test.Store.KeysOf(Collections.Policies)[0];
        _test.Store.Records.Remove(key, out var policy);
        using var backup = new MemoryStream();
        await _test.Vault.BackupAsync(_test.Operator, backup);
        await Refused.WithAsync(VaultErrorCode.Damaged, () => RestoreAsync(backup, new OpenStore(), acceptDamage: true));
        _test.Store.Records.Add(key, policy);
    }

    private static Task<AuditVerification> RestoreAsync(MemoryStream backup, OpenStore store, bool acceptDamage) =>
        Vault.RestoreAsync(new MemoryStream(backup.ToArray()), store, TestVault.Passphrase, acceptDamage);

    private void SpoilEntry(long first)
    {
        var segment = _test.Store.Log[first];
        var data = segment.Data.ToArray();
        data[^1] ^= 1;
        _test.Store.Log[first] = segment with { Data = data };
    }

    private void SpoilSecret()
    {
        var key = _test.Store.KeysOf(Collections.Secrets)[0];
        var record = _test.Store.Records[key];
        var data = record.Data.ToArray();
        data[5] ^= 1; // Not of the tag, which the sum of all records holds.
        _test.Store.Records[key] = record with { Data = data };
    }
}
