using Sanctum.Storage;

namespace Sanctum.Audit;

/// <summary>The rows of the log that did not open while it was read. They do not keep the others from being read.</summary>
internal sealed class UnreadableRows
{
    // By their first entry: a row that is read twice is one.
    private readonly SortedSet<long> _rows = [];

    public void Add(StoredSegment row) => _rows.Add(row.FirstSequence);

    /// <summary>Names them, once all others have been read.</summary>
    /// <exception cref="VaultException">There are some (<see cref="VaultErrorCode.Damaged"/>).</exception>
    public void RequireNone()
    {
        if (_rows.Count > 0)
        {
            throw Errors.LogDamaged(_rows);
        }
    }
}
