using Sanctum.Storage;

namespace Sanctum.Audit;

/// <summary>A record to put, or to remove when there is no content.</summary>
/// <param name="Key">Which.</param>
/// <param name="Content">Plaintext that the journal seals; null removes the record.</param>
/// <param name="Sealed">Content that is sealed already (a secret), for revision 1 of a new record.</param>
internal readonly record struct RecordChange(RecordKey Key, byte[]? Content, byte[]? Sealed = null);

/// <summary>What waits to be written.</summary>
internal sealed class JournalItem(byte[][] entries, IReadOnlyList<RecordChange> changes, Action? apply)
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public byte[][] Entries => entries;

    public IReadOnlyList<RecordChange> Changes => changes;

    public Task Task => _done.Task;

    public void Complete()
    {
        apply?.Invoke();
        _done.SetResult();
    }

    public void Fail(Exception failure) => _done.TrySetException(failure);
}
