using System.Data;
using Npgsql;
using NpgsqlTypes;

namespace Sanctum.Storage.Postgres;

/// <summary>
/// The connection that writes. It holds an advisory lock for as long as it lasts, so that one process writes at a time. A batch is one message and one
/// implicit transaction at the database's default isolation, READ COMMITTED: the lock and the fence keep others out, and no row is read before it is written.
/// </summary>
internal sealed class Writer(NpgsqlDataSource source, string schema) : IAsyncDisposable
{
    // "Sanc": the first half of the lock's number. The second is the schema's.
    private const int LockSpace = 0x53616E63;

    // Longer than keep-alives need to notice a dead peer.
    private static readonly TimeSpan LongestCommit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestResolving = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly SemaphoreSlim _one = new(1);
    private NpgsqlConnection? _connection;
    private long _commits = -1;
    private Guid? _unknown;

    /// <summary>Connects and takes the lock.</summary>
    /// <exception cref="StoreException">In use, or unavailable.</exception>
    public async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        var connection = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await using var command = new NpgsqlCommand(
                "SELECT set_config('synchronous_commit', CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, false), "
                + "pg_try_advisory_lock($1, hashtext($2))",
                connection);
            command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = LockSpace });
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = schema });
            await using (var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false))
            {
                await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                if (!reader.GetBoolean(1))
                {
                    await reader.CloseAsync().ConfigureAwait(false);
                    throw StoreErrors.Held(await HolderAsync(connection, schema, cancellationToken).ConfigureAwait(false));
                }
            }

            return _connection = connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Takes note of how many batches there are. The tables have to be there.</summary>
    public async Task ReadFenceAsync(CancellationToken cancellationToken) => (_commits, _) = await FenceAsync(_connection!, cancellationToken).ConfigureAwait(false);

    /// <summary>Commits a batch. Once it has begun, nothing gives it up: a commit that is cancelled while it waits for a standby is reported as done.</summary>
    /// <exception cref="StoreException">Nothing was written; or nobody knows yet, which the next commit finds out first.</exception>
    public async Task CommitAsync(StoreBatch batch, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await ResolveAsync().ConfigureAwait(false);
            var id = Guid.NewGuid();
            try
            {
                await SendAsync(batch, id).ConfigureAwait(false);
                _commits++;
            }
            catch (PostgresException refused) when (_connection!.State == ConnectionState.Open)
            {
                throw StoreErrors.From(refused);
            }
            catch (Exception lost) when (lost is NpgsqlException or IOException or TimeoutException or ObjectDisposedException)
            {
                _unknown = id;
                await CloseAsync().ConfigureAwait(false);
                if (!await WasWrittenAsync(id, lost).ConfigureAwait(false))
                {
                    throw StoreErrors.NotWritten(lost);
                }
            }
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Has the database forget rows that were removed or replaced, as far as it can: its write-ahead log and its backups are its own.</summary>
    public async Task VacuumAsync()
    {
        await _one.WaitAsync().ConfigureAwait(false);
        try
        {
            await using var command = new NpgsqlCommand("VACUUM records", _connection);
            await command.ExecuteNonQueryAsync().ConfigureAwait(false);
        }
        finally
        {
            _one.Release();
        }
    }

    public async Task<string> SynchronousCommitAsync()
    {
        await using var command = new NpgsqlCommand("SHOW synchronous_commit", _connection);
        return (string)(await command.ExecuteScalarAsync().ConfigureAwait(false))!;
    }

    public async ValueTask DisposeAsync()
    {
        await _one.WaitAsync().ConfigureAwait(false);
        await UnlockAsync().ConfigureAwait(false);
        await CloseAsync().ConfigureAwait(false);
        _one.Dispose();
    }

    // The database ends a connection that was closed a moment later. Whoever opens the vault next should not have to wait for that.
    private async Task UnlockAsync()
    {
        if (_connection is not { State: ConnectionState.Open } connection)
        {
            return;
        }

        try
        {
            await using var command = new NpgsqlCommand("SELECT pg_advisory_unlock($1, hashtext($2))", connection);
            command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = LockSpace });
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = schema });
            await command.ExecuteNonQueryAsync().ConfigureAwait(false);
        }
        catch (NpgsqlException)
        {
            // The connection is gone, and the lock with it.
        }
    }

    // What an earlier commit left open.
    private async Task ResolveAsync()
    {
        if (_unknown is { } id)
        {
            // The vault was told that it is not known. It looks at its head before it goes on, and so is not surprised.
            _ = await WasWrittenAsync(id, new IOException("an earlier connection was lost")).ConfigureAwait(false);
        }
        else if (_connection is null)
        {
            await ReconnectAsync().ConfigureAwait(false);
        }
    }

    // The lock is free once the database has ended the old connection, and with it what that one was doing: only then the fence tells.
    private async Task<bool> WasWrittenAsync(Guid id, Exception lost)
    {
        try
        {
            var (commits, last) = await ReconnectAsync().ConfigureAwait(false);
            _unknown = null;
            var isWritten = last == id;
            if (commits != _commits + (isWritten ? 1 : 0))
            {
                throw StoreErrors.Lost();
            }

            _commits = commits;
            return isWritten;
        }
        catch (StoreException) when (_unknown is null)
        {
            throw;
        }
        catch (Exception failure) when (failure is StoreException or NpgsqlException or IOException or TimeoutException)
        {
            throw StoreErrors.Unknown(lost);
        }
    }

    private async Task<(long Commits, Guid Last)> ReconnectAsync()
    {
        using var patience = new CancellationTokenSource(LongestResolving);
        while (true)
        {
            try
            {
                var connection = await OpenAsync(patience.Token).ConfigureAwait(false);
                return await FenceAsync(connection, patience.Token).ConfigureAwait(false);
            }
            catch (Exception failure) when (failure is NpgsqlException or StoreException { Reason: StoreFailure.InUse } && !patience.IsCancellationRequested)
            {
                await CloseAsync().ConfigureAwait(false);
                await Task.Delay(Pause).ConfigureAwait(false);
            }
            catch (OperationCanceledException over)
            {
                throw StoreErrors.From(over);
            }
        }
    }

    private async Task SendAsync(StoreBatch batch, Guid id)
    {
        await using var message = new NpgsqlBatch(_connection) { Timeout = 0 };
        message.BatchCommands.Add(new NpgsqlBatchCommand("SELECT advance($1, $2)")
        {
            Parameters = { new NpgsqlParameter<long> { TypedValue = _commits }, new NpgsqlParameter<Guid> { TypedValue = id } },
        });
        if (batch.Deletes.Count > 0)
        {
            message.BatchCommands.Add(new NpgsqlBatchCommand("DELETE FROM records USING unnest($1, $2) AS gone (collection, id) WHERE records.collection = gone.collection AND records.id = gone.id")
            {
                Parameters = { Collections(batch.Deletes), Ids(batch.Deletes) },
            });
        }

        if (batch.Puts.Count > 0)
        {
            StoredRecord[] puts = [.. batch.Puts.GroupBy(record => record.Key).Select(same => same.Last())];
            RecordKey[] keys = [.. puts.Select(record => record.Key)];
            message.BatchCommands.Add(new NpgsqlBatchCommand(
                "INSERT INTO records SELECT * FROM unnest($1, $2, $3, $4) ON CONFLICT (collection, id) DO UPDATE SET revision = excluded.revision, data = excluded.data")
            {
                Parameters =
                {
                    Collections(keys), Ids(keys), new NpgsqlParameter<long[]> { TypedValue = [.. puts.Select(record => record.Revision)] },
                    new NpgsqlParameter<byte[][]> { TypedValue = [.. puts.Select(record => record.Data.ToArray())], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea },
                },
            });
        }

        if (batch.Segment is { } segment)
        {
            message.BatchCommands.Add(new NpgsqlBatchCommand("INSERT INTO log VALUES ($1, $2, $3)")
            {
                Parameters =
                {
                    new NpgsqlParameter<long> { TypedValue = segment.FirstSequence }, new NpgsqlParameter<int> { TypedValue = segment.Count },
                    new NpgsqlParameter<ReadOnlyMemory<byte>> { TypedValue = segment.Data, NpgsqlDbType = NpgsqlDbType.Bytea },
                },
            });
        }

        // Its end is bounded by ending the connection: then it is not known, and is found out.
        var sending = message.ExecuteNonQueryAsync(CancellationToken.None);
        if (await Task.WhenAny(sending, Task.Delay(LongestCommit)).ConfigureAwait(false) != sending)
        {
            await CloseAsync().ConfigureAwait(false);
            throw new TimeoutException("the database took too long");
        }

        await sending.ConfigureAwait(false);
    }

    private async Task CloseAsync()
    {
        if (_connection is { } connection)
        {
            _connection = null;
            NpgsqlConnection.ClearPool(connection); // Its lock ends with it, so it may not be kept.
            await connection.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static NpgsqlParameter<short[]> Collections(IEnumerable<RecordKey> keys) => new() { TypedValue = [.. keys.Select(key => (short)key.Collection)] };

    private static NpgsqlParameter<byte[][]> Ids(IEnumerable<RecordKey> keys) =>
        new() { TypedValue = [.. keys.Select(key => Rows.Bytes(key.Id))], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea };

    private static async Task<(long Commits, Guid Last)> FenceAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT commits, batch FROM fence", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        return await reader.ReadAsync(cancellationToken).ConfigureAwait(false) ? (reader.GetInt64(0), reader.GetGuid(1)) : throw new StoreException(StoreFailure.Damaged, "the vault's tables are damaged: the fence is gone");
    }

    private static async Task<string?> HolderAsync(NpgsqlConnection connection, string schema, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "SELECT format('%s at %s (process %s of the database)', a.application_name, coalesce(host(a.client_addr), 'this machine'), a.pid) "
            + "FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE l.locktype = 'advisory' AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
            + "AND l.classid = $1::oid AND l.objid = hashtext($2)::oid AND l.granted",
            connection);
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = LockSpace });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = schema });
        return (string?)await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
    }
}
