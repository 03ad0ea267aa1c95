namespace Sanctum.Leases;

/// <summary>One agent's leases. Those that are over may still be here until they are swept out, and count for nothing.</summary>
internal sealed class HeldLeases
{
    private const int MaxIdleLines = 64;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Lease> _leases = new(StringComparer.Ordinal);

    // Those that count, and when to look whether they still do. A renewal adds a line, and an old line that is met tells nothing.
    private readonly HashSet<string> _counted = new(StringComparer.Ordinal);
    private readonly PriorityQueue<string, DateTimeOffset> _ends = new();
    private int _reserved;

    public Lease[] ToArray()
    {
        lock (_gate)
        {
            return [.. _leases.Values];
        }
    }

    /// <summary>Takes a place for a lease that is being made: so many calls at once can't each see the last place free.</summary>
    /// <param name="most">How many places there are.</param>
    /// <param name="now">The time by the vault's clock.</param>
    /// <param name="wait">When there is no place: how long until the next lease is over.</param>
    public bool TryReserve(int most, DateTimeOffset now, out TimeSpan wait)
    {
        lock (_gate)
        {
            DropEnded(now);
            var free = _counted.Count + _reserved < most;
            _reserved += free ? 1 : 0;
            wait = free || !_ends.TryPeek(out _, out var next) ? TimeSpan.Zero : next - now;
            return free;
        }
    }

    /// <summary>Whether there are no more than may be: another daemon can have made one since a place was taken here.</summary>
    public bool IsWithin(int most, DateTimeOffset now)
    {
        lock (_gate)
        {
            DropEnded(now);
            return _counted.Count + _reserved <= most;
        }
    }

    public void GiveUpReservation()
    {
        lock (_gate)
        {
            _reserved--;
        }
    }

    public void Put(Lease lease, bool reserved)
    {
        lock (_gate)
        {
            _reserved -= reserved ? 1 : 0;
            _leases[lease.Id] = lease;
            _counted.Add(lease.Id);
            LookAgainAt(lease);
        }
    }

    /// <summary>Puts a renewed lease in place of what it was; false when that was renewed, ended or found to be over meanwhile.</summary>
    public bool TryReplace(Lease lease, Lease renewed)
    {
        lock (_gate)
        {
            if (!_counted.Contains(lease.Id) || !_leases.TryGetValue(lease.Id, out var now) || now != lease)
            {
                return false;
            }

            _leases[lease.Id] = renewed;
            LookAgainAt(renewed);
            return true;
        }
    }

    public bool Remove(Lease lease)
    {
        lock (_gate)
        {
            _counted.Remove(lease.Id);
            return _leases.Remove(lease.Id);
        }
    }

    private void LookAgainAt(Lease lease)
    {
        // What was released or renewed has left its line here: an agent that only does that must not fill the memory.
        if (_ends.Count > MaxIdleLines + (2 * _counted.Count))
        {
            _ends.Clear();
            _ends.EnqueueRange(_counted.Select(id => (id, _leases[id].ExpiresAt)));
        }

        _ends.Enqueue(lease.Id, lease.ExpiresAt);
    }

    private void DropEnded(DateTimeOffset now)
    {
        while (_ends.TryPeek(out var id, out var end) && end <= now)
        {
            _ends.Dequeue();
            if (_counted.Contains(id) && _leases[id].ExpiresAt <= now)
            {
                _counted.Remove(id);
            }
        }
    }
}
