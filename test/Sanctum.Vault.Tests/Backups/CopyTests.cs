using Sanctum.Credentials;
using Sanctum.Policies;
using Sanctum.Storage;
using Sanctum.Tests.Fixture;

namespace Sanctum.Tests.Backups;

/// <summary>A copy of a vault is the vault, or there is none.</summary>
public sealed class CopyTests : IAsyncLifetime
{
    private TestVault _test = null!;

    public async ValueTask InitializeAsync()
    {
        _test = await TestVault.CreateAsync();
        await _test.StoreAsync("a/b", "old");
        await _test.StoreAsync("a/b", "new");
        await _test.AllowAsync(PolicyActions.Retrieve);
        await _test.RetrieveAsync((await _test.SignInAsync("bot")).Caller, "a/b");
    }

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task It_has_all_of_the_log_and_an_entry_of_its_own_and_opens_once_it_has_its_key_document()
    {
        var before = await _test.Vault.Audit.VerifyAsync(_test.Operator);
        await using var store = new InMemoryVaultStore();
        var copied = await Vault.CopyAsync(_test.RawStore, _ => Task.FromResult<IVaultStore>(store), TestVault.Passphrase, "folder", "postgres", _test.Options.TimeProvider);
        Assert.Equal((_test.Vault.Id, before.Entries + 1), (copied.Vault, copied.Copied.Entries));
        Assert.Null(await store.ReadKeyDocumentAsync());
        await store.WriteKeyDocumentAsync(copied.KeyDocument);
        await using var vault = await Vault.OpenAsync(store, _test.Options);
        var by = await vault.UnsealAsync(TestVault.Passphrase);
        using var secret = await vault.Credentials.GetAsync(by, CredentialPath.Parse("a/b"));
        Assert.Equal("new"u8, secret.Span);
        Assert.Single(await vault.Leases.ListAsync(by));
        Assert.Equal(before.Entries, (await _test.Vault.Audit.VerifyAsync(_test.Operator)).Entries); // The source was read, and no more.
    }

    [Fact]
    public async Task What_the_vault_gets_while_it_is_copied_is_not_left_behind()
    {
        await using var store = new InMemoryVaultStore();
        var refusal = await Refused.WithAsync(VaultErrorCode.Damaged, () => Vault.CopyAsync(_test.RawStore, async _ =>
        {
            await _test.StoreAsync("late", "comer");
            return store;
        }, TestVault.Passphrase, "folder", "postgres"));
        Assert.Contains("the copy is not the same", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_that_does_not_keep_what_it_is_given_holds_no_copy()
    {
        // The last record, a part of the log, or the newest head.
        foreach (var loses in new Predicate<StoredRecord>[] { it => it.Key.Collection != 0, it => it.Key.Collection == 0 })
        {
            await using var store = new LosingStore(loses);
            _ = await Refused.WithAsync(VaultErrorCode.Damaged, () => Vault.CopyAsync(_test.RawStore, _ => Task.FromResult<IVaultStore>(store), TestVault.Passphrase, "folder", "postgres"));
        }
    }

    [Fact]
    public async Task Whoever_has_not_the_passphrase_has_no_store_made()
    {
        _ = await Refused.WithAsync(VaultErrorCode.AuthFailed, () => Vault.CopyAsync(
            _test.RawStore, _ => throw new InvalidOperationException("a store was made"), "not the passphrase"u8.ToArray(), "folder", "postgres"));
    }

    private sealed class LosingStore(Predicate<StoredRecord> loses) : IVaultStore
    {
        private readonly InMemoryVaultStore _store = new();

        public Task<byte[]?> ReadKeyDocumentAsync(CancellationToken cancellationToken = default) => _store.ReadKeyDocumentAsync(cancellationToken);

        public Task WriteKeyDocumentAsync(ReadOnlyMemory<byte> keyDocument, CancellationToken cancellationToken = default) => _store.WriteKeyDocumentAsync(keyDocument, cancellationToken);

        public ValueTask<StoredRecord?> ReadAsync(RecordKey key, CancellationToken cancellationToken = default) => _store.ReadAsync(key, cancellationToken);

        public Task<IStoreSnapshot> SnapshotAsync(CancellationToken cancellationToken = default) => _store.SnapshotAsync(cancellationToken);

        public Task CommitAsync(StoreBatch batch, CancellationToken cancellationToken = default)
        {
            if (batch.Puts.FirstOrDefault(it => loses(it)) is { Data.IsEmpty: false } lost)
            {
                batch.Puts.Remove(lost);
            }

            return _store.CommitAsync(batch, cancellationToken);
        }

        public ValueTask DisposeAsync() => _store.DisposeAsync();
    }
}
