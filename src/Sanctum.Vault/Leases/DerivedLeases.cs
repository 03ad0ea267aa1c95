namespace Sanctum.Leases;

/// <summary>Which leases were derived from which, by their ids.</summary>
internal sealed class DerivedLeases
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, HashSet<string>> _byParent = new(StringComparer.Ordinal);

    public void Add(Lease lease)
    {
        if (lease.Use?.ParentId is not { } parent)
        {
            return;
        }

        lock (_gate)
        {
            if (!_byParent.TryGetValue(parent, out var derived))
            {
                _byParent[parent] = derived = new HashSet<string>(StringComparer.Ordinal);
            }

            derived.Add(lease.Id);
        }
    }

    public void Remove(Lease lease)
    {
        if (lease.Use?.ParentId is not { } parent)
        {
            return;
        }

        lock (_gate)
        {
            if (_byParent.TryGetValue(parent, out var derived) && derived.Remove(lease.Id) && derived.Count == 0)
            {
                _byParent.Remove(parent);
            }
        }
    }

    public string[] Of(string parent)
    {
        lock (_gate)
        {
            return _byParent.TryGetValue(parent, out var derived) ? [.. derived] : [];
        }
    }
}
