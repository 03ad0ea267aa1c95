using Sanctum.Storage;

namespace Sanctum.Audit;

/// <summary>A record to put, or to remove when there is no content.</summary>
/// <param name="Key">Which.</param>
/// <param name="Content">Plaintext that the journal seals; null removes the record.</param>
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
internal sealed class JournalItem(byte[][] entries, IReadOnlyList<RecordChange> changes, Action? apply)
{
    // Continuations run where it is completed: Waiters sees to it that they hold nobody up.
    private readonly TaskCompletionSource _done = new();
    private Exception? _failure;

    /// <summary>Entries that nobody waits for.</summary>
    public static JournalItem Unattended(byte[][] entries) => new(entries, [], null) { IsUnattended = true };

    public bool IsUnattended { get; private init; }

    /// <summary>Whether nothing that was removed may be readable afterwards: a secret was removed, or the vault is being sealed.</summary>
    public bool Purges { get; init; } = changes.Any(change => change is { Key.Collection: Collections.Secrets, IsRemoval: true });

    public byte[][] Entries => entries;

    public IReadOnlyList<RecordChange> Changes => changes;

    /// <summary>Those of the changes that were made.</summary>
    public IReadOnlyList<RecordChange> Made { get; set; } = [];

    public Task Task => _done.Task;

    /// <summary>Brings memory in line with what has been committed. What goes wrong is this item's alone: the others are durable too.</summary>
    /// <param name="project">Takes what records stand for now.</param>
    public void Apply(Action<IEnumerable<RecordChange>> project)
    {
        try
        {
            if (Made.Count > 0)
            {
                project(Made);
            }

            apply?.Invoke();
        }
        catch (Exception failure)
        {
            Fail(failure);
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
