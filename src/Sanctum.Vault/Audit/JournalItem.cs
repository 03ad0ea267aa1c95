using Sanctum.Storage;

namespace Sanctum.Audit;

/// <summary>A record to put, or to remove when there is no content.</summary>
/// <param name="Key">Which.</param>
/// <param name="Content">Plaintext that the journal seals; null removes the record.</param>
/// <param name="Sealed">Content that is sealed already (a secret), for revision 1 of a new record.</param>
/// <param name="IfThere">Only if the record is still there: what was removed meanwhile is not brought back.</param>
internal readonly record struct RecordChange(RecordKey Key, byte[]? Content, byte[]? Sealed = null, bool IfThere = false);

/// <summary>What waits to be written.</summary>
internal sealed class JournalItem(byte[][] entries, IReadOnlyList<RecordChange> changes, Action? apply)
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public byte[][] Entries => entries;

    public IReadOnlyList<RecordChange> Changes => changes;

    public Task Task => _done.Task;

    /// <summary>It is durable. What goes wrong now is this item's alone: the others of its batch are durable too.</summary>
    public void Complete()
    {
        try
        {
            apply?.Invoke();
            _done.SetResult();
        }
        catch (Exception failure)
        {
            Fail(failure);
        }
    }

    public void Fail(Exception failure) => _done.TrySetException(failure);
}
