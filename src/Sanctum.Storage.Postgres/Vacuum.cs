using System.Net.Sockets;
using Npgsql;

namespace Sanctum.Storage.Postgres;

/// <summary>
/// Has the database forget rows that were removed or replaced, as far as it can: its write-ahead log and its backups are its own. It takes a connection of its own, one at
/// a time. Nobody waits for it before the store is closed: what was committed is committed, however long this takes and whatever becomes of it.
/// </summary>
internal sealed class Vacuum(NpgsqlDataSource source) : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _ending = new();
    private Task _running = Task.CompletedTask;
    private bool _isAsked, _isRunning;
    private volatile bool _hasFailed;

    /// <summary>Whether the last one could not be done.</summary>
    public bool HasFailed => _hasFailed;

    /// <summary>Begins one, or has another follow the one that runs: that one may have passed by already what has been removed since.</summary>
    public void Ask()
    {
        lock (_gate)
        {
            _isAsked = true;
            if (!_isRunning)
            {
                _isRunning = true;
                _running = Task.Run(RunAsync);
            }
        }
    }

    /// <summary>Waits for the one that runs, for no longer than a command may take.</summary>
    public async ValueTask DisposeAsync()
    {
        _ending.CancelAfter(TimeSpan.FromSeconds(Settings.CommandSeconds));
        await _running.ConfigureAwait(false);
        _ending.Dispose();
    }

    private async Task RunAsync()
    {
        while (IsToDo())
        {
            _hasFailed = !await TryAsync().ConfigureAwait(false);
        }
    }

    private bool IsToDo()
    {
        lock (_gate)
        {
            (_isRunning, _isAsked) = (_isAsked, false);
            return _isRunning;
        }
    }

    private async Task<bool> TryAsync()
    {
        try
        {
            await using var command = source.CreateCommand("VACUUM records");
            await command.ExecuteNonQueryAsync(_ending.Token).ConfigureAwait(false);
            return true;
        }
        catch (Exception failure) when (failure is NpgsqlException or IOException or SocketException or TimeoutException or OperationCanceledException)
        {
            return false; // The store's warning says so until one is done.
        }
    }
}
