using Npgsql;
using Sanctum.Daemon.Admin;
using Sanctum.Daemon.Hosting.Moves;
using Sanctum.Storage;
using Sanctum.Storage.Postgres;
using Sanctum.Storage.Sqlite;
using Sanctum.Storage.Sqlite.Files;

namespace Sanctum.Daemon.Hosting;

/// <summary>The one place that chooses where a vault lies: in its folder, or where <c>store</c> in <c>config.json</c> says.</summary>
public static class VaultStores
{
    private const string PasswordKey = "store.password_file";
    private const int LongestPassword = 4096;

    /// <summary>Whether a folder's configuration says that its vault lies elsewhere.</summary>
    /// <param name="directory">The vault's folder; it need not be there.</param>
    /// <exception cref="OperatorException">The configuration can't be used.</exception>
    public static bool IsElsewhere(string directory) =>
        File.Exists(Path.Join(directory, DaemonConfigFile.Name)) && DaemonConfigFile.Read(Path.GetFullPath(directory)).Store.Postgres is not null;

    /// <summary>Whether a vault was moved away from this folder, and none is in it now.</summary>
    /// <param name="directory">The vault's folder; it need not be there.</param>
    public static bool WasMovedFrom(string directory) => LeftBehind.IsIn(directory);

    /// <summary>Opens the store of a folder's vault. The caller disposes it.</summary>
    /// <param name="directory">The vault's folder.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StoreException">There is none, it is in use, unsafe, damaged, of a later version, or can't be reached.</exception>
    /// <exception cref="OperatorException">The configuration can't be used.</exception>
    public static Task<IVaultStore> OpenAsync(string directory, CancellationToken cancellationToken = default) => StartAsync(
        directory,
        async path => await SqliteVaultStore.OpenAsync(path, cancellationToken).ConfigureAwait(false),
        async settings => await PostgresVaultStore.OpenAsync(settings, cancellationToken).ConfigureAwait(false),
        cancellationToken);

    /// <summary>Makes an empty store for a folder's vault. The caller disposes it.</summary>
    /// <inheritdoc cref="OpenAsync"/>
    public static Task<IVaultStore> CreateAsync(string directory, CancellationToken cancellationToken = default) => StartAsync(
        directory,
        async path => await SqliteVaultStore.CreateAsync(path, cancellationToken).ConfigureAwait(false),
        async settings => await PostgresVaultStore.CreateAsync(settings, cancellationToken).ConfigureAwait(false),
        cancellationToken);

    /// <summary>
    /// Gives the database of a folder's vault the version of this program, beside the daemons that serve it. A vault in the folder itself is upgraded when it is opened.
    /// </summary>
    /// <param name="directory">The vault's folder.</param>
    /// <param name="cancellationToken">Gives up; then nothing has changed.</param>
    /// <returns>The version before, and now; null where the vault lies in the folder.</returns>
    /// <exception cref="StoreException">A daemon of an earlier version serves the vault; there is none, it is of a later version, or can't be reached.</exception>
    /// <exception cref="OperatorException">The configuration can't be used.</exception>
    public static async Task<(int Before, int Now)?> UpgradeAsync(string directory, CancellationToken cancellationToken = default)
    {
        var path = Path.GetFullPath(directory);
        return DaemonConfigFile.Read(path).Store is { Postgres: not null } config ? await PostgresVaultStore.UpgradeAsync(WithPassword(config, path), cancellationToken).ConfigureAwait(false) : null;
    }

    /// <summary>Refuses a <c>store</c> that can't be used.</summary>
    internal static void Check(StoreConfig config, Func<string, OperatorException> refused)
    {
        if (config.Postgres is null && config.PasswordFile is not null)
        {
            throw refused($"'{PasswordKey}' is the password of a database: set 'store.postgres' too");
        }

        if (config.Postgres is { } settings && PasswordOf(settings, refused) && config.PasswordFile is not null)
        {
            throw refused($"the password is in 'store.postgres' and in '{PasswordKey}': leave one out");
        }
    }

    private static async Task<IVaultStore> StartAsync(string directory, Func<string, Task<IVaultStore>> inFolder, Func<string, Task<IVaultStore>> inDatabase, CancellationToken cancellationToken)
    {
        var path = Path.GetFullPath(directory);
        _ = await Settling.RunAsync(path, cancellationToken).ConfigureAwait(false); // Where a move was interrupted, this decides where the vault lies.
        var config = DaemonConfigFile.Read(path).Store;
        if (config.Postgres is null)
        {
            return await inFolder(path).ConfigureAwait(false);
        }

        var hold = FolderHold.Take(path);
        try
        {
            return new HeldStore((ISharedVaultStore)await inDatabase(WithPassword(config, path)).ConfigureAwait(false), hold);
        }
        catch
        {
            await hold.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    // Never said again: it may hold a password.
    private static bool PasswordOf(string settings, Func<string, OperatorException> refused)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(settings).Password is not null;
        }
        catch (Exception malformed) when (malformed is ArgumentException or FormatException or KeyNotFoundException)
        {
            throw refused("'store.postgres' is no connection string: it looks like Host=db.example;Database=sanctum;Username=sanctum;SSL Mode=VerifyFull");
        }
    }

    /// <summary>The connection string, with the password of the file that the configuration names.</summary>
    internal static string WithPassword(StoreConfig config, string directory)
    {
        if (config.PasswordFile is null)
        {
            return config.Postgres!;
        }

        var path = PathSetting.Resolve(PasswordKey, config.PasswordFile, directory);
        try
        {
            var password = FoundFile.TryRead(path, path, FileTrust.Given, LongestPassword) ?? throw Refused($"the file that '{PasswordKey}' names does not exist");
            return new NpgsqlConnectionStringBuilder(config.Postgres) { Password = System.Text.Encoding.UTF8.GetString(password).TrimEnd('\r', '\n') }.ConnectionString;
        }
        catch (UntrustedFileException untrusted)
        {
            throw new OperatorException(OperatorErrors.InvalidConfig, untrusted.Message, untrusted.Remedy, untrusted);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw Refused($"the file that '{PasswordKey}' names can't be read", unreadable);
        }
    }

    private static OperatorException Refused(string message, Exception? inner = null) =>
        new(OperatorErrors.InvalidConfig, message, "'sanctum docs configuration' lists the keys and their values", inner);

    // A database, and the folder that is this process's as long as it has that open.
    private sealed class HeldStore(ISharedVaultStore store, FolderHold hold) : ISharedVaultStore
    {
        public string? Warning => store.Warning;

        public Task<byte[]?> ReadKeyDocumentAsync(CancellationToken cancellationToken = default) => store.ReadKeyDocumentAsync(cancellationToken);

        public Task WriteKeyDocumentAsync(ReadOnlyMemory<byte> keyDocument, CancellationToken cancellationToken = default) => store.WriteKeyDocumentAsync(keyDocument, cancellationToken);

        public ValueTask<StoredRecord?> ReadAsync(RecordKey key, CancellationToken cancellationToken = default) => store.ReadAsync(key, cancellationToken);

        public Task CommitAsync(StoreBatch batch, CancellationToken cancellationToken = default) => store.CommitAsync(batch, cancellationToken);

        public Task<IStoreSnapshot> SnapshotAsync(CancellationToken cancellationToken = default) => store.SnapshotAsync(cancellationToken);

        public Task<StoreChanges> LockAsync(StorePosition since, CancellationToken cancellationToken = default) => store.LockAsync(since, cancellationToken);

        public Task ReleaseAsync() => store.ReleaseAsync();

        public Task<StoreChanges> ReadChangesAsync(StorePosition since, CancellationToken cancellationToken = default) => store.ReadChangesAsync(since, cancellationToken);

        public Task WaitForNewsAsync(TimeSpan atMost, CancellationToken cancellationToken = default) => store.WaitForNewsAsync(atMost, cancellationToken);

        public Task AnnounceAsync(StoreNode node, CancellationToken cancellationToken = default) => store.AnnounceAsync(node, cancellationToken);

        public Task WithdrawAsync(string name, CancellationToken cancellationToken = default) => store.WithdrawAsync(name, cancellationToken);

        public Task<IReadOnlyList<StoreNode>> ReadNodesAsync(CancellationToken cancellationToken = default) => store.ReadNodesAsync(cancellationToken);

        public async ValueTask DisposeAsync()
        {
            await store.DisposeAsync().ConfigureAwait(false);
            await hold.DisposeAsync().ConfigureAwait(false);
        }
    }
}
