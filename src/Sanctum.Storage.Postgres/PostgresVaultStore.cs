using Npgsql;

namespace Sanctum.Storage.Postgres;

/// <summary>
/// Keeps a vault in a PostgreSQL database, in a schema of its own: <c>sanctum</c>, or the one that the connection string's <c>Search Path</c> names. Several processes
/// can have it open: see <see cref="ISharedVaultStore"/>.
/// </summary>
/// <remarks>
/// <para>A commit returns when the database has it on disk, and on the standby where the database has a synchronous one (<c>synchronous_commit</c> is never less than
/// <c>on</c>). Without a named synchronous standby, a failover can lose the last commits: what is left is a shorter log that still verifies.</para>
/// <para>If the connection breaks while a commit is under way, the store connects anew and finds out whether it took place.</para>
/// <para><see cref="StoreBatch.Purge"/> vacuums the table once the commit has returned; <see cref="DisposeAsync"/> waits for it, and <see cref="Warning"/> says where it
/// failed. What was removed stays in the database's write-ahead log and backups, as ciphertext, for as long as those are kept.</para>
/// </remarks>
public sealed class PostgresVaultStore : ISharedVaultStore
{
    private readonly NpgsqlDataSource _source;
    private readonly Writer _writer;
    private readonly News _news;
    private readonly Nodes _nodes;
    private readonly Vacuum _vacuum;
    private bool _disposed;

    private PostgresVaultStore(NpgsqlDataSource source, Writer writer, News news, Nodes nodes, Standbys standbys) =>
        (_source, _writer, _news, _nodes, Standbys, _vacuum) = (source, writer, news, nodes, standbys, new Vacuum(source));

    /// <inheritdoc/>
    public string? Warning
    {
        get
        {
            string?[] all = [Standbys.Warning, _nodes.Version < Schema.Known ? StoreErrors.UpgradeWaits(_nodes.Version) : null, _vacuum.HasFailed ? StoreErrors.NotVacuumed : null];
            return string.Join("; ", all.OfType<string>()) is { Length: > 0 } text ? text : null;
        }
    }

    /// <summary>Makes an empty store. The schema is made when there is none; one that exists may hold nothing but a vault that was left unfinished, which is replaced.</summary>
    /// <param name="connectionString">As Npgsql has it, such as <c>Host=/var/run/postgresql;Database=sanctum;Username=sanctum</c>. Over a network <c>SSL Mode=VerifyFull</c> is required.</param>
    /// <param name="cancellationToken">Gives up; then nothing was made.</param>
    /// <exception cref="StoreException">Exists, NewerVersion, Unsafe, Missing (the database), Moved, InUse (its tables are locked), Damaged, Full or Unavailable.</exception>
    public static Task<PostgresVaultStore> CreateAsync(string connectionString, CancellationToken cancellationToken = default) =>
        CreateKnowingAsync(connectionString, Schema.Known, cancellationToken);

    /// <summary>Opens a store that was made before. Tables of the version before are served as they are, beside programs of that version, until <see cref="UpgradeAsync"/>.</summary>
    /// <param name="connectionString">As for <see cref="CreateAsync"/>.</param>
    /// <param name="cancellationToken">Gives up; then nothing has changed.</param>
    /// <exception cref="StoreException">Missing, Moved, NewerVersion, OlderVersion, Unsafe, Damaged, Full or Unavailable.</exception>
    public static Task<PostgresVaultStore> OpenAsync(string connectionString, CancellationToken cancellationToken = default) =>
        OpenKnowingAsync(connectionString, Schema.Known, cancellationToken);

    /// <summary>
    /// Gives a vault's tables the version of this program, in one transaction. Programs that serve them go on; those of earlier versions can't be started any more.
    /// </summary>
    /// <param name="connectionString">As for <see cref="CreateAsync"/>.</param>
    /// <param name="cancellationToken">Gives up; then nothing has changed.</param>
    /// <returns>The version before, and now. They are the same where there was nothing to do.</returns>
    /// <exception cref="StoreException">InUse where a program of an earlier version is connected, which is named; Missing, Moved, NewerVersion, Unsafe, Damaged, Full or Unavailable.</exception>
    public static async Task<(int Before, int Now)> UpgradeAsync(string connectionString, CancellationToken cancellationToken = default)
    {
        var settings = new Settings(connectionString);
        var source = settings.Open();
        await using (source.ConfigureAwait(false))
        {
            return await StoreCalls.RunAsync(() => Upgrade.RunAsync(source, settings.Schema, cancellationToken)).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public Task<byte[]?> ReadKeyDocumentAsync(CancellationToken cancellationToken = default)
    {
        Require(cancellationToken);
        return StoreCalls.RunAsync(async () =>
        {
            await using var command = _source.CreateCommand("SELECT data FROM key_document");
            return (byte[]?)await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
        });
    }

    /// <inheritdoc/>
    public Task WriteKeyDocumentAsync(ReadOnlyMemory<byte> keyDocument, CancellationToken cancellationToken = default)
    {
        Require(cancellationToken);
        return StoreCalls.RunAsync(async () =>
        {
            await using var command = _source.CreateCommand("INSERT INTO key_document VALUES (true, $1) ON CONFLICT (one) DO UPDATE SET data = excluded.data");
            command.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = keyDocument.ToArray() });
            return await command.ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
        });
    }

    /// <inheritdoc/>
    public async ValueTask<StoredRecord?> ReadAsync(RecordKey key, CancellationToken cancellationToken = default)
    {
        Require(cancellationToken);
        return await StoreCalls.RunAsync<StoredRecord?>(async () =>
        {
            await using var connection = await _source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            await using var command = new NpgsqlCommand($"{Rows.Records} WHERE collection = $1 AND id = $2", connection);
            command.Parameters.Add(new NpgsqlParameter<short> { TypedValue = key.Collection });
            command.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = Rows.Bytes(key.Id) });
            await command.PrepareAsync(cancellationToken).ConfigureAwait(false);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            return await reader.ReadAsync(cancellationToken).ConfigureAwait(false) ? Rows.Record(reader) : null;
        }).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task CommitAsync(StoreBatch batch, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(batch);
        Require(cancellationToken);
        await StoreCalls.RunAsync(() => _writer.CommitAsync(batch, cancellationToken)).ConfigureAwait(false);
        if (batch.Purge)
        {
            _vacuum.Ask();
        }
    }

    /// <inheritdoc/>
    public Task<StoreChanges> LockAsync(StorePosition since, CancellationToken cancellationToken = default)
    {
        Require(cancellationToken);
        return StoreCalls.RunAsync(() => _writer.LockAsync(since, cancellationToken));
    }

    /// <inheritdoc/>
    public Task ReleaseAsync() => _writer.ReleaseAsync();

    /// <inheritdoc/>
    public Task<StoreChanges> ReadChangesAsync(StorePosition since, CancellationToken cancellationToken = default)
    {
        Require(cancellationToken);
        return StoreCalls.RunAsync(() => Changes.ReadAsync(_source, since, cancellationToken));
    }

    /// <inheritdoc/>
    public Task WaitForNewsAsync(TimeSpan atMost, CancellationToken cancellationToken = default)
    {
        Require(cancellationToken);
        return _news.WaitAsync(atMost, cancellationToken);
    }

    /// <inheritdoc/>
    public Task AnnounceAsync(StoreNode node, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(node);
        Require(cancellationToken);
        return StoreCalls.RunAsync(async () =>
        {
            await Standbys.LookAgainAsync(cancellationToken).ConfigureAwait(false);
            return await _nodes.AnnounceAsync(node, cancellationToken).ConfigureAwait(false);
        });
    }

    /// <inheritdoc/>
    public Task WithdrawAsync(string name, CancellationToken cancellationToken = default)
    {
        Require(cancellationToken);
        return StoreCalls.RunAsync(() => _nodes.WithdrawAsync(name, cancellationToken));
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<StoreNode>> ReadNodesAsync(CancellationToken cancellationToken = default)
    {
        Require(cancellationToken);
        return StoreCalls.RunAsync(() => _nodes.ReadAsync(cancellationToken));
    }

    /// <inheritdoc/>
    public async Task<IStoreSnapshot> SnapshotAsync(CancellationToken cancellationToken = default)
    {
        Require(cancellationToken);
        return await StoreCalls.RunAsync(() => Snapshot.TakeAsync(_source, cancellationToken)).ConfigureAwait(false);
    }

    /// <summary>Waits for a commit that is under way and for what follows <see cref="StoreBatch.Purge"/>, and closes all connections.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_disposed)
        {
            _disposed = true;
            await _news.DisposeAsync().ConfigureAwait(false);
            await _writer.DisposeAsync().ConfigureAwait(false);
            await _vacuum.DisposeAsync().ConfigureAwait(false);
            await _source.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Whether those that follow the database are waited for.</summary>
    internal Standbys Standbys { get; }

    /// <summary>How the connection that writes has its commits acknowledged.</summary>
    internal Task<string> SynchronousCommitAsync() => _writer.SynchronousCommitAsync();

    /// <summary>Makes an empty store as a program would that knows no more than a version.</summary>
    internal static Task<PostgresVaultStore> CreateKnowingAsync(string connectionString, int known, CancellationToken cancellationToken) =>
        StartAsync(connectionString, isNew: true, known, cancellationToken);

    /// <summary>Opens a store as a program would that knows no more than a version.</summary>
    internal static Task<PostgresVaultStore> OpenKnowingAsync(string connectionString, int known, CancellationToken cancellationToken) =>
        StartAsync(connectionString, isNew: false, known, cancellationToken);

    private static async Task<PostgresVaultStore> StartAsync(string connectionString, bool isNew, int known, CancellationToken cancellationToken)
    {
        var settings = new Settings(connectionString);
        var source = settings.Open();
        var writer = new Writer(source, settings.Schema, known);
        try
        {
            var version = await StoreCalls.RunAsync(async () =>
            {
                var connection = await writer.OpenAsync(cancellationToken).ConfigureAwait(false);
                var version = isNew
                    ? await MakeAsync(connection, settings.Schema, writer.Version, known, cancellationToken).ConfigureAwait(false)
                    : await RequireAsync(connection, settings.Schema, writer.Version, cancellationToken).ConfigureAwait(false);
                await writer.ReadFenceAsync(cancellationToken).ConfigureAwait(false);
                return version;
            }).ConfigureAwait(false);
            var standbys = new Standbys(source);
            await StoreCalls.RunAsync(() => standbys.LookAsync(cancellationToken)).ConfigureAwait(false);
            return new PostgresVaultStore(source, writer, new News(source, settings.Schema, writer), new Nodes(source, settings.Schema, version, known), standbys);
        }
        catch
        {
            await writer.DisposeAsync().ConfigureAwait(false);
            await source.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static async Task<int> RequireAsync(NpgsqlConnection connection, string schema, int version, CancellationToken cancellationToken)
    {
        if (version == 0)
        {
            throw StoreErrors.Nothing(schema);
        }

        await Schema.RequireWholeAsync(connection, schema, version, cancellationToken).ConfigureAwait(false);
        await using var readOnly = new NpgsqlCommand("SHOW transaction_read_only", connection);
        return (string?)await readOnly.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) != "off" ? throw StoreErrors.ReadOnly()
            : !await IsFinishedAsync(connection, cancellationToken).ConfigureAwait(false) ? throw StoreErrors.Unfinished(schema)
            : version < Schema.Oldest ? throw StoreErrors.Earlier(version, Schema.Oldest)
            : version;
    }

    private static async Task<int> MakeAsync(NpgsqlConnection connection, string schema, int version, int known, CancellationToken cancellationToken)
    {
        if (version > 0)
        {
            await Schema.RequireWholeAsync(connection, schema, version, cancellationToken).ConfigureAwait(false);
            if (await IsFinishedAsync(connection, cancellationToken).ConfigureAwait(false))
            {
                throw StoreErrors.AlreadyThere(schema);
            }
        }

        await using var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await Schema.UpgradeAsync(connection, schema, version, known, cancellationToken).ConfigureAwait(false);
        if (version > 0)
        {
            await using var empty = new NpgsqlCommand("TRUNCATE records, log, gone" + (known < Schema.WithNodes ? "" : ", nodes"), connection, transaction);
            await empty.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }

        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        return known;
    }

    // A vault counts as made once its key document is there.
    private static async Task<bool> IsFinishedAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var finished = new NpgsqlCommand("SELECT EXISTS (SELECT FROM key_document)", connection);
        return (bool)(await finished.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    private void Require(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ObjectDisposedException.ThrowIf(_disposed, this);
    }
}
