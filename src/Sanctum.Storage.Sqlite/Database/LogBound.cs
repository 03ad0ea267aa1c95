namespace Sanctum.Storage.Sqlite.Database;

/// <summary>
/// Keeps the write-ahead log from growing without end. SQLite reuses the log only at a moment when nobody reads from it; point reads from many
/// threads can leave no such moment, and a snapshot leaves none by design.
/// </summary>
/// <remarks>
/// The log also holds old versions of pages, and with them the ciphertext of what was removed, which opens with the vault's keys as before. So it is cut to
/// nothing after a batch that asks for it; where a snapshot forbids, once that is closed.
/// </remarks>
internal sealed class LogBound(string log, StoreTuning tuning, Action snapshotClosed)
{
    // Asking the system for a file's length costs about as much as a point read; not on every commit.
    private const int CommitsBetweenLooks = 64;

    private readonly Lock _tracking = new();
    private readonly HashSet<Snapshot> _snapshots = [];
    private int _commits;
    private volatile bool _owesPurge;
    private bool _closed;

    public Snapshot Track(Func<Action<Snapshot>, Snapshot> open)
    {
        lock (_tracking)
        {
            ObjectDisposedException.ThrowIf(_closed, typeof(SqliteVaultStore));
            var snapshot = open(Forget);
            _snapshots.Add(snapshot);
            return snapshot;
        }
    }

    /// <returns>Whether the log was moved into the database, or that was tried.</returns>
    public bool AfterCommit(Writer writer, bool purge)
    {
        _owesPurge |= purge;
        var looks = ++_commits % CommitsBetweenLooks == 0;
        var moves = (purge || looks) && PurgeWhatIsOwed(writer);
        if (!looks || new FileInfo(log) is not { Exists: true, Length: var length } || length <= tuning.LogSoftLimit)
        {
            return moves;
        }

        var held = Held();
        if (length > tuning.LogHardLimit)
        {
            Array.ForEach(held, snapshot => snapshot.GiveUp());
            held = [];
        }

        // Point reads end by themselves within microseconds, and the checkpoint waits for them; for a snapshot it would wait in vain.
        if (held.Length > 0)
        {
            return moves;
        }

        writer.TryCheckpoint();
        return true;
    }

    /// <summary>Cuts the log to nothing, if a batch has asked for it and no snapshot forbids.</summary>
    /// <returns>Whether that was tried.</returns>
    public bool PurgeWhatIsOwed(Writer writer)
    {
        if (!_owesPurge || Held().Length > 0)
        {
            return false;
        }

        _owesPurge = !writer.TryCheckpoint();
        return true;
    }

    public void CloseSnapshots()
    {
        lock (_tracking)
        {
            _closed = true;
        }

        Array.ForEach(Held(), snapshot => snapshot.Close());
    }

    private Snapshot[] Held()
    {
        lock (_tracking)
        {
            return [.. _snapshots];
        }
    }

    private void Forget(Snapshot snapshot)
    {
        lock (_tracking)
        {
            _snapshots.Remove(snapshot);
        }

        if (_owesPurge)
        {
            snapshotClosed();
        }
    }
}
