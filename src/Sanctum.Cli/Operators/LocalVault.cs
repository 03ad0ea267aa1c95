using Sanctum.Audit;
using Sanctum.Cli.CommandLine;
using Sanctum.Daemon.Hosting;
using Sanctum.Storage;

namespace Sanctum.Cli.Operators;

/// <summary>Vaults that are made or read whole in this process, with no daemon: <c>init</c>, <c>restore</c>, checking a backup.</summary>
internal static class LocalVault
{
    /// <summary>Makes a sealed vault; the folder has to be without one.</summary>
    public static async Task<Guid> CreateAsync(VaultDirectory directory, ReadOnlyMemory<byte> passphrase, CancellationToken cancellationToken)
    {
        await using var store = await NewStoreAsync(directory, cancellationToken).ConfigureAwait(false);
        await using var vault = await Vault.CreateAsync(store, passphrase, cancellationToken: cancellationToken).ConfigureAwait(false);
        return vault.Id;
    }

    /// <summary>Makes a vault of a backup. When that fails, the folder holds what it held before.</summary>
    public static async Task<AuditVerification> RestoreAsync(
        VaultDirectory directory, Stream backup, ReadOnlyMemory<byte> passphrase, bool acceptDamage, CancellationToken cancellationToken)
    {
        var existed = Directory.Exists(directory.Path);
        var before = existed ? Directory.GetFileSystemEntries(directory.Path).ToHashSet(StringComparer.Ordinal) : [];
        try
        {
            await using var store = await NewStoreAsync(directory, cancellationToken).ConfigureAwait(false);
            return await Vault.RestoreAsync(backup, store, passphrase, acceptDamage, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (!directory.HoldsVault && !VaultTurn.IsHeld(e)) // What another process is making there is not this one's to remove.
        {
            RemoveNew(directory, existed, before);
            throw;
        }
    }

    /// <summary>Reads a backup as restoring it would, into memory: every record and the whole audit chain.</summary>
    public static async Task<AuditVerification> VerifyBackupAsync(
        Stream backup, ReadOnlyMemory<byte> passphrase, bool acceptDamage, CancellationToken cancellationToken)
    {
        await using var store = new InMemoryVaultStore();
        return await Vault.RestoreAsync(backup, store, passphrase, acceptDamage, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<IVaultStore> NewStoreAsync(VaultDirectory directory, CancellationToken cancellationToken)
    {
        try
        {
            return await VaultStores.CreateAsync(directory.Path, cancellationToken).ConfigureAwait(false);
        }
        catch (StoreException e) when (e.Reason == StoreFailure.Exists && directory.HoldsKeyDocument)
        {
            throw CliErrors.VaultExists(directory.Path);
        }
    }

    private static void RemoveNew(VaultDirectory directory, bool existed, HashSet<string> before)
    {
        if (!Directory.Exists(directory.Path))
        {
            return;
        }

        foreach (var file in Directory.GetFiles(directory.Path).Where(it => !before.Contains(it)))
        {
            File.Delete(file);
        }

        if (!existed)
        {
            Directory.Delete(directory.Path);
        }
    }
}
