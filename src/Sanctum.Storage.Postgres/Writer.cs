using System.Data;
using Npgsql;

namespace Sanctum.Storage.Postgres;

/// <summary>
/// The connection that writes. A batch is one message and one implicit transaction at the database's default isolation, READ COMMITTED. It moves the fence on
/// from the commit that it names, which nobody else can have done. No row is read before it is written. Who has taken the head writes in the transaction that took it.
/// </summary>
internal sealed partial class Writer(NpgsqlDataSource source, string schema, int known) : IAsyncDisposable
{
    // Longer than keep-alives need to notice a dead peer.
    private static readonly TimeSpan LongestCommit = TimeSpan.FromSeconds(30), LongestResolving = TimeSpan.FromSeconds(15), Pause = TimeSpan.FromMilliseconds(100);

    // Records of what was removed are cleared away each time after so many commits.
    private const int ClearingInterval = 1024;

    private readonly SemaphoreSlim _one = new(1);
    private NpgsqlConnection? _connection;
    private long _commits = -1;
    private int _sinceClearing;
    private bool _hasHead, _isWarned;

    /// <summary>The process that serves the connection, in the database; 0 without one.</summary>
    public int ProcessId => _connection?.ProcessID ?? 0;

    /// <summary>The tables' version, as it was when the connection was made; 0 where there are none.</summary>
    public int Version { get; private set; }

    /// <summary>Connects.</summary>
    /// <exception cref="StoreException">The tables are of a version that this program does not know, or no vault's.</exception>
    public async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        (_connection, Version) = await WritingConnection.OpenAsync(source, schema, known, cancellationToken).ConfigureAwait(false);
        _connection.Notice += (_, said) => _isWarned |= said.Notice.InvariantSeverity == "WARNING";
        return _connection;
    }

    /// <summary>Takes note of how many batches there are. The tables have to be there.</summary>
    public async Task ReadFenceAsync(CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT commits FROM fence", _connection);
        _commits = await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is long commits
            ? commits
            : throw new StoreException(StoreFailure.Damaged, "the vault's tables are damaged: the fence is gone");
    }

    /// <summary>Commits a batch. Once it has begun, nothing gives it up: one that is cancelled while it waits for a standby is there all the same.</summary>
    /// <exception cref="StoreException">Nothing was written; or nobody knows yet, which whoever reads the head finds out.</exception>
    public async Task CommitAsync(StoreBatch batch, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await ResolveAsync().ConfigureAwait(false);
            var expected = batch.Expected ?? _commits;
            var tail = new Tail(expected, Guid.NewGuid(), batch.Segment);
            try
            {
                await SendAsync(batch, tail).ConfigureAwait(false);
                (_commits, _hasHead) = (expected + 1, false);
            }
            catch (PostgresException refused) when (_connection!.State == ConnectionState.Open)
            {
                throw StoreErrors.From(refused);
            }
            catch (Exception lost) when (lost is NpgsqlException or IOException or TimeoutException or ObjectDisposedException)
            {
                _unknown = tail;
                await CloseAsync().ConfigureAwait(false);
                if (await WasWrittenAsync(tail, lost).ConfigureAwait(false) is not true and var isKnown)
                {
                    throw isKnown is null ? StoreErrors.Unknown(lost) : StoreErrors.NotWritten(lost);
                }
            }

            await ClearAsync(batch).ConfigureAwait(false);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Takes the head, and reads what others have committed.</summary>
    public async Task<StoreChanges> LockAsync(StorePosition since, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await ResolveAsync().ConfigureAwait(false);
            var (changes, _) = await ReadAsync(Changes.Locked, since, cancellationToken).ConfigureAwait(false);
            (_commits, _hasHead) = (changes.Commit, true);
            return changes;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Lets go of the head.</summary>
    public async Task ReleaseAsync()
    {
        await _one.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_hasHead)
            {
                await RollbackAsync().ConfigureAwait(false);
            }
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
        await CloseAsync().ConfigureAwait(false);
        _one.Dispose();
    }

    private async Task<(StoreChanges Changes, Guid Batch)> ReadAsync(string[] beginning, StorePosition since, CancellationToken cancellationToken)
    {
        try
        {
            return await Changes.ReadAsync(_connection!, beginning, since, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            // Whatever it was: a transaction that was begun is not left open.
            await CloseAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task RollbackAsync()
    {
        _hasHead = false;
        if (_connection is not { State: ConnectionState.Open } connection)
        {
            return;
        }

        try
        {
            await using var command = new NpgsqlCommand("ROLLBACK", connection);
            await command.ExecuteNonQueryAsync().ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is NpgsqlException or IOException or TimeoutException)
        {
            // The connection is gone, and the head with it.
            await CloseAsync().ConfigureAwait(false);
        }
    }

    private async Task SendAsync(StoreBatch batch, Tail tail)
    {
        await using var message = Batches.Of(batch, tail.Expected, tail.Batch, News.ChannelOf(schema), _hasHead);
        message.Connection = _connection;
        await message.PrepareAsync(CancellationToken.None).ConfigureAwait(false); // Once for each connection: parsing and planning cost more than the rest.

        await ExecuteAsync(message, Task.Delay(LongestCommit)).ConfigureAwait(false);
    }

    // A commit is never cancelled: one that waits for its standby would be reported as done. It is given up with its connection, and then found out.
    private async Task ExecuteAsync(NpgsqlBatch message, Task patience)
    {
        _isWarned = false;
        var sending = message.ExecuteNonQueryAsync(CancellationToken.None);
        if (await Task.WhenAny(sending, patience).ConfigureAwait(false) != sending)
        {
            var silent = _connection!;
            (_connection, _hasHead) = (null, false);
            _ = WritingConnection.GiveUpAsync(silent, sending);
            throw new TimeoutException("the database took too long");
        }

        await sending.ConfigureAwait(false);
        if (_isWarned)
        {
            throw new IOException("the database was told not to wait for its standby"); // It is committed, but a failover could lose it.
        }
    }

    // Whoever was away for longer than that reads everything.
    private async Task ClearAsync(StoreBatch batch)
    {
        if (batch.Deletes.Count == 0 || ++_sinceClearing < ClearingInterval)
        {
            return;
        }

        _sinceClearing = 0;
        try
        {
            await using var command = new NpgsqlCommand(Batches.Clearing, _connection);
            await command.ExecuteNonQueryAsync().ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is NpgsqlException or IOException or TimeoutException)
        {
            // The batch is committed all the same. The next time will do.
            await CloseAsync().ConfigureAwait(false);
        }
    }

    private async Task CloseAsync()
    {
        _hasHead = false;
        if (_connection is { } connection)
        {
            _connection = null;
            NpgsqlConnection.ClearPool(connection); // What it was doing ends with it, so it may not be kept.
            await connection.DisposeAsync().ConfigureAwait(false);
        }
    }
}
