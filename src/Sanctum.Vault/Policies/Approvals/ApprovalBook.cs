using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Sanctum.Policies.Approvals;

/// <summary>
/// The calls that wait for a human, and what the humans said. In memory only: sealing the vault forgets all of it, so an
/// approval never outlives the watch in which it was given.
/// </summary>
internal sealed class ApprovalBook
{
    /// <summary>How many calls of one agent may wait, so that none can bury the operator or the memory.</summary>
    public const int MaxPendingPerAgent = 16;

    /// <summary>How long a call waits for a decision, and how long an approval of one call waits for it.</summary>
    public static readonly TimeSpan PendingLifetime = TimeSpan.FromMinutes(15);

    /// <summary>How long a denied call stays denied before it may be asked for again.</summary>
    public static readonly TimeSpan DenialLifetime = TimeSpan.FromMinutes(5);

    /// <summary>The longest time for which a call can be approved.</summary>
    public static readonly TimeSpan MaxDuration = TimeSpan.FromHours(24);

    private readonly Lock _lock = new();
    private readonly Dictionary<ApprovalKey, Entry> _entries = [];

    private enum State
    {
        Pending,
        ApprovedOnce,
        ApprovedUntil,
        Denied,
    }

    /// <summary>Puts a call before the operator. The same call again is the same request, and does not wait longer.</summary>
    /// <exception cref="VaultException">It was denied a short while ago, or too many calls of this agent wait already.</exception>
    public PendingApproval Request(Question question, ReadOnlyMemory<byte> callDigest, DateTimeOffset now)
    {
        var key = ApprovalKey.Of(question, callDigest);
        lock (_lock)
        {
            DropExpired(now);
            if (_entries.TryGetValue(key, out var known))
            {
                return known.State == State.Denied ? throw Errors.ApprovalDenied() : known.Approval;
            }

            if (_entries.Count(entry => entry.Value.State == State.Pending && entry.Value.Approval.Agent == question.Agent) >= MaxPendingPerAgent)
            {
                throw Errors.TooManyApprovals(MaxPendingPerAgent);
            }

            var id = RandomNumberGenerator.GetHexString(32, lowercase: true);
            var approval = new PendingApproval(
                id, question.Agent, question.Action, question.Path, question.Operation, now, now + PendingLifetime, question.Summary);
            _entries[key] = new Entry(approval, State.Pending, approval.ExpiresAt);
            return approval;
        }
    }

    /// <summary>Whether this very call was approved. An approval for one call is used up when this returns true.</summary>
    public bool TryConsume(Question question, ReadOnlyMemory<byte> callDigest, DateTimeOffset now)
    {
        var key = ApprovalKey.Of(question, callDigest);
        lock (_lock)
        {
            DropExpired(now);
            if (!_entries.TryGetValue(key, out var entry))
            {
                return false;
            }

            return entry.State switch
            {
                State.ApprovedOnce => _entries.Remove(key),
                State.ApprovedUntil => true,
                _ => false,
            };
        }
    }

    /// <summary>Approves a waiting call: for the next time it is made, or any number of times for so long.</summary>
    /// <exception cref="VaultException">Nothing waits under this id, or the duration is not 1 second to 24 hours.</exception>
    public void Approve(string id, TimeSpan? duration, DateTimeOffset now)
    {
        RequireDuration(duration);
        Decide(id, duration is null ? State.ApprovedOnce : State.ApprovedUntil, now, duration ?? PendingLifetime);
    }

    /// <exception cref="VaultException">The duration is not 1 second to 24 hours.</exception>
    public static void RequireDuration(TimeSpan? duration)
    {
        if (duration is { } length && (length < TimeSpan.FromSeconds(1) || length > MaxDuration))
        {
            throw Errors.InvalidParams("duration", $"an approval lasts 1 second to {MaxDuration.TotalHours:0} hours");
        }
    }

    /// <summary>Forgets what was requested and decided about something that was removed: its namesake is somebody else.</summary>
    public void Forget(Predicate<PendingApproval> about)
    {
        lock (_lock)
        {
            foreach (var (key, entry) in _entries)
            {
                if (about(entry.Approval))
                {
                    _entries.Remove(key);
                }
            }
        }
    }

    /// <summary>Waits until a call is decided, or for so long.</summary>
    public async Task WaitAsync(string id, TimeSpan atMost, TimeProvider time, CancellationToken cancellationToken)
    {
        if (atMost <= TimeSpan.Zero)
        {
            return;
        }

        Task decided;
        lock (_lock)
        {
            if (!TryFindPending(id, out _, out var entry))
            {
                return;
            }

            decided = entry.Decided.Task;
        }

        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(decided, Task.Delay(atMost, time, waiting.Token)).ConfigureAwait(false);
        await waiting.CancelAsync().ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>Denies a waiting call.</summary>
    /// <exception cref="VaultException">Nothing waits under this id.</exception>
    public void Deny(string id, DateTimeOffset now) => Decide(id, State.Denied, now, DenialLifetime);

    /// <summary>What waits for a decision, oldest first.</summary>
    public IReadOnlyList<PendingApproval> List(DateTimeOffset now)
    {
        lock (_lock)
        {
            DropExpired(now);
            return [.. _entries.Values.Where(entry => entry.State == State.Pending).Select(entry => entry.Approval).OrderBy(approval => approval.RequestedAt)];
        }
    }

    private void Decide(string id, State state, DateTimeOffset now, TimeSpan lifetime)
    {
        lock (_lock)
        {
            DropExpired(now);
            if (!TryFindPending(id, out var key, out var entry))
            {
                throw Errors.NoSuchApproval();
            }

            _entries[key] = entry with { State = state, Until = now + lifetime };
            entry.Decided.TrySetResult();
        }
    }

    private bool TryFindPending(string id, out ApprovalKey key, [NotNullWhen(true)] out Entry? entry)
    {
        foreach (var (candidate, value) in _entries)
        {
            if (value.State == State.Pending && string.Equals(value.Approval.Id, id, StringComparison.Ordinal))
            {
                (key, entry) = (candidate, value);
                return true;
            }
        }

        (key, entry) = (default, null);
        return false;
    }

    private void DropExpired(DateTimeOffset now)
    {
        // Dictionary allows removal of the current entry while it is enumerated.
        foreach (var (key, entry) in _entries)
        {
            if (entry.Until <= now)
            {
                _entries.Remove(key);
            }
        }
    }

    private sealed record Entry(PendingApproval Approval, State State, DateTimeOffset Until)
    {
        public TaskCompletionSource Decided { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
