namespace Sanctum.Client;

/// <summary>The leases that this client got and has not released, so that closing it can release them.</summary>
internal sealed class TrackedLeases
{
    private readonly Lock _lock = new();
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);

    public void Add(string leaseId)
    {
        lock (_lock)
        {
            _ids.Add(leaseId);
        }
    }

    public void Remove(string leaseId)
    {
        lock (_lock)
        {
            _ids.Remove(leaseId);
        }
    }

    public string[] TakeAll()
    {
        lock (_lock)
        {
            string[] all = [.. _ids];
            _ids.Clear();
            return all;
        }
    }
}
