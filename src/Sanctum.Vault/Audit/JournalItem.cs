using Sanctum.Storage;

namespace Sanctum.Audit;

/// <summary>A record to put, or to remove when there is no content.</summary>
/// <param name="Key">Which.</param>
/// <param name="Content">Plaintext that the journal encrypts; null removes the record.</param>
/// <param name="Value">What the content stands for, which memory has once it is durable.</param>
internal readonly record struct RecordChange(RecordKey Key, byte[]? Content = null, object? Value = null)
{
    /// <summary>Content that is encrypted already (a secret), for revision 1 of a new record.</summary>
    public byte[]? Encrypted { get; init; }

    /// <summary>Only if the record is still there: what was removed meanwhile is not brought back.</summary>
    public bool IfThere { get; init; }

    public bool IsRemoval => Content is null && Encrypted is null;
}

/// <summary>What waits to be written, and then for those who wait for it to be told.</summary>
internal sealed class JournalItem(byte[][] entries, IReadOnlyList<RecordChange> changes, Action? apply, Func<Exception?>? check = null)
{
    // Continuations run where it is completed: Waiters sees to it that they hold nobody up.
    private readonly TaskCompletionSource _done = new();
    private Exception? _failure;

    /// <summary>Entries that nobody waits for.</summary>
    public static JournalItem Unattended(byte[][] entries) => new(entries, [], null) { IsUnattended = true, OutlivesSeal = true };

    /// <summary>Nothing to write: who leaves it wants to know what others wrote.</summary>
    public static JournalItem Look() => new([], [], null) { IsLook = true };

    public bool IsUnattended { get; private init; }

    public bool IsLook { get; private init; }

    /// <summary>Whether it is written although an operator has sealed the vault at another daemon: it tells of what is on the record already, or it is the sealing itself.</summary>
    public bool OutlivesSeal { get; init; }

    public bool IsFailed => _failure is not null;

    /// <summary>Whether nothing that was removed may be readable afterwards: a secret was removed, or the vault is being sealed.</summary>
    public bool Purges { get; init; } = changes.Any(change => change is { Key.Collection: Collections.Secrets, IsRemoval: true });

    /// <summary>The key document that takes the place of the one before, in the same transaction; null leaves it.</summary>
    public byte[]? KeyDocument { get; init; }

    public byte[][] Entries => entries;

    public IReadOnlyList<RecordChange> Changes => changes;

    /// <summary>Those of the changes that were made.</summary>
    public IReadOnlyList<RecordChange> Made { get; set; } = [];

    public Task Task => _done.Task;

    /// <summary>Brings memory in line with what has been committed. What goes wrong is this item's alone: the others are durable too.</summary>
    public void Apply(IJournalMemory memory)
    {
        if (IsFailed)
        {
            return;
        }

        try
        {
            if (Made.Count > 0)
            {
                // A secret is in no memory.
                memory.Project(Made.Where(change => change.Encrypted is null).Select(change => (change.Key, change.Value)), isOwn: true);
            }

            apply?.Invoke();
        }
        catch (Exception failure)
        {
            Fail(failure);
        }
    }

    /// <summary>Fails it if it may not be written any more.</summary>
    /// <param name="isSealed">Whether an operator has sealed the vault at another daemon.</param>
    public void Check(bool isSealed)
    {
        if (!IsFailed && (isSealed && !OutlivesSeal ? Errors.SealedElsewhere() : check?.Invoke()) is { } refusal)
        {
            Fail(refusal);
        }
    }

    public void Fail(Exception failure) => _failure = failure;

    /// <summary>Tells whoever waits.</summary>
    public void Complete()
    {
        if (_failure is null)
        {
            _done.SetResult();
        }
        else
        {
            _done.SetException(_failure);
        }
    }
}
