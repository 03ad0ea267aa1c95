using Sanctum.Policies;
using Sanctum.Storage;
using Sanctum.Tests.Fixture;

namespace Sanctum.Tests.Backups;

public sealed class BackupTests : IAsyncLifetime
{
    private TestVault _test = null!;
    private byte[] _backup = [];

    public async ValueTask InitializeAsync()
    {
        _test = await TestVault.CreateAsync();
        await _test.StoreAsync("a/b", "old");
        await _test.StoreAsync("a/b", "new");
        await _test.AllowAsync(PolicyActions.Retrieve);
        await _test.RetrieveAsync((await _test.SignInAsync("bot")).Caller, "a/b");
        using var destination = new MemoryStream();
        await _test.Vault.BackupAsync(_test.Operator, destination);
        _backup = destination.ToArray();
    }

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Sealing_ends_a_backup_to_a_stream_that_stalls_and_waits_for_nobody(bool heedsTheToken)
    {
        using var stalled = new StalledStream(heedsTheToken);
        var backup = _test.Vault.BackupAsync(_test.Operator, stalled);
        await stalled.Reached.InTime();
        Assert.False(backup.IsCompleted);

        await _test.SealAsync().InTime();

        var refusal = await Refused.WithAsync(VaultErrorCode.VaultLocked, () => backup.InTime());
        Assert.Contains("sealed during the backup", refusal.Message, StringComparison.Ordinal);
        await _test.UnsealAsync();
        await _test.Vault.BackupAsync(_test.Operator, Stream.Null).InTime();
    }

    [Fact]
    public async Task A_caller_that_cancels_its_backup_is_told_so_and_the_vault_stays_open()
    {
        using var stalled = new StalledStream(heedsTheToken: false);
        using var cancel = new CancellationTokenSource();
        var backup = _test.Vault.BackupAsync(_test.Operator, stalled, cancel.Token);
        await stalled.Reached.InTime();

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => backup.InTime());
        Assert.False(_test.Vault.IsSealed);
    }

    [Fact]
    public async Task What_was_backed_up_is_there_after_restoring()
    {
        var store = new InMemoryVaultStore();
        var verified = await RestoreAsync(_backup, store);
        Assert.Equal((await _test.Vault.Audit.VerifyAsync(_test.Operator)), verified);

        await using var vault = await Vault.OpenAsync(store, _test.Options);
        var by = await vault.UnsealAsync(TestVault.Passphrase);
        Assert.Equal(_test.Vault.Id, vault.Id);
        using var secret = await vault.Credentials.GetAsync(by, Sanctum.Credentials.CredentialPath.Parse("a/b"));
        Assert.Equal("new"u8, secret.Span);
        Assert.Single(await vault.Leases.ListAsync(by));
        await vault.Audit.VerifyAsync(by);
    }

    [Fact]
    public void A_backup_holds_no_secret_and_no_name()
    {
        foreach (var canary in new[] { "a/b", "bot", "old", "retrieve" })
        {
            Assert.True(_backup.AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(canary)) < 0, canary);
        }
    }

    [Fact]
    public async Task A_changed_byte_anywhere_is_found_and_makes_no_vault()
    {
        for (var i = 0; i < _backup.Length; i++)
        {
            var changed = (byte[])_backup.Clone();
            changed[i] ^= 0x01;
            await DamagedAsync(changed);
        }
    }

    [Fact]
    public async Task A_backup_that_was_cut_short_anywhere_is_found()
    {
        for (var length = 0; length < _backup.Length; length += 3)
        {
            await DamagedAsync(_backup[..length]);
        }
    }

    [Fact]
    public async Task What_comes_after_the_end_is_found() => await DamagedAsync([.. _backup, 0]);

    [Theory]
    [InlineData(0x7f, 0xff, 0xff, 0xff)]
    [InlineData(0xff, 0xff, 0xff, 0xff)]
    public async Task A_length_that_can_not_be_is_refused_before_room_is_made_for_it(byte a, byte b, byte c, byte d) =>
        await DamagedAsync([.. "SANCTUM-BACKUP-1\n"u8, a, b, c, d]);

    [Fact]
    public async Task Whoever_can_compute_the_checksum_still_changes_nothing()
    {
        // The checksum has no key; what it lets through, the vault's own seals and sums do not.
        var twin = _test.Store.Copy();
        var secret = twin.KeysOf(Collections.Secrets)[0];
        Action<OpenStore>[] changes =
        [
            store => store.Records.Remove(secret),
            store => store.Records[secret] = Flip(store.Records[secret]),
            store => store.Records.Remove(store.KeysOf(Collections.Leases)[0]),
            store => store.Log[3] = store.Log[3] with { Data = Flip(new StoredRecord(default, 1, store.Log[3].Data)).Data },
        ];
        foreach (var change in changes)
        {
            var copy = twin.Copy();
            change(copy);
            using var forged = new MemoryStream();
            using (var writer = new Sanctum.Backups.BackupWriter(forged))
            {
                await using var snapshot = await copy.SnapshotAsync();
                await writer.WriteAsync(copy.Seal, snapshot, default);
            }

            await DamagedAsync(forged.ToArray());
        }

        static StoredRecord Flip(StoredRecord record)
        {
            var data = record.Data.ToArray();
            data[5] ^= 1;
            return record with { Data = data };
        }
    }

    [Fact]
    public async Task Another_passphrase_restores_nothing()
    {
        var store = new OpenStore();
        await Refused.WithAsync(VaultErrorCode.AuthFailed, () => Vault.RestoreAsync(new MemoryStream(_backup), store, "wrong"u8.ToArray()));
        Assert.Null(store.Seal);
    }

    [Fact]
    public async Task A_vault_that_is_there_is_not_restored_over()
    {
        var before = _test.Store.Fingerprint();
        await Refused.WithAsync(VaultErrorCode.Conflict, () => RestoreAsync(_backup, _test.Store));
        Assert.Equal(before, _test.Store.Fingerprint());
    }

    [Fact]
    public async Task A_store_that_is_full_before_the_end_becomes_no_vault()
    {
        var store = new OpenStore { Sealing = () => throw new StoreException(StoreFailure.Full, "full") };
        await Refused.WithAsync(VaultErrorCode.StorageFailed, () => RestoreAsync(_backup, store));
        await Refused.WithAsync(VaultErrorCode.NotFound, () => Vault.OpenAsync(store));
    }

    private static async Task DamagedAsync(byte[] backup)
    {
        var store = new OpenStore();
        await Refused.WithAsync(VaultErrorCode.Damaged, () => RestoreAsync(backup, store));
        Assert.Null(store.Seal);
    }

    private static Task<Sanctum.Audit.AuditVerification> RestoreAsync(byte[] backup, IVaultStore store) =>
        Vault.RestoreAsync(new MemoryStream(backup), store, TestVault.Passphrase);
}
