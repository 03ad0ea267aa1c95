using Sanctum.Storage;

namespace Sanctum.Daemon.Hosting;

/// <summary>A folder's vault, and the store that holds the folder's lock. Disposing seals and closes the one, then the other.</summary>
internal sealed class OpenedVault : IAsyncDisposable
{
    private readonly IVaultStore _store;

    private OpenedVault(IVaultStore store, Vault vault) => (_store, Vault) = (store, vault);

    public Vault Vault { get; }

    /// <summary>What an operator should know about how safely commits are kept; null where there is nothing to say.</summary>
    public string? Warning => (_store as ISharedVaultStore)?.Warning;

    /// <summary>The store, where other daemons have it open too; null where this is the only one.</summary>
    public ISharedVaultStore? Shared => _store as ISharedVaultStore;

    /// <summary>Opens the folder's vault under its exclusive lock. It is sealed.</summary>
    public static async Task<OpenedVault> OpenAsync(string directory, VaultOptions options, CancellationToken cancellationToken)
    {
        var store = await VaultStores.OpenAsync(directory, cancellationToken).ConfigureAwait(false);
        return await OpenAsync(store, options, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Opens the vault of a store, which is then this one's to close.</summary>
    public static async Task<OpenedVault> OpenAsync(IVaultStore store, VaultOptions options, CancellationToken cancellationToken)
    {
        try
        {
            return new OpenedVault(store, await Vault.OpenAsync(store, options, cancellationToken).ConfigureAwait(false));
        }
        catch
        {
            await store.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await Vault.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            await _store.DisposeAsync().ConfigureAwait(false);
        }
    }
}
