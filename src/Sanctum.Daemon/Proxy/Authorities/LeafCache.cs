namespace Sanctum.Daemon.Proxy.Authorities;

/// <summary>The certificates that an authority has made, by host. When there are too many, the one that was used longest ago is forgotten.</summary>
/// <param name="most">How many are kept.</param>
internal sealed class LeafCache(int most)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, LinkedListNode<Leaf>> _byHost = new(StringComparer.Ordinal);
    private readonly LinkedList<Leaf> _byUse = [];

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _byHost.Count;
            }
        }
    }

    /// <summary>A host's certificate, where there is one that is fresh.</summary>
    public Leaf? Find(string host, DateTimeOffset now)
    {
        lock (_gate)
        {
            if (!_byHost.TryGetValue(host, out var node) || node.Value.FreshUntil <= now)
            {
                return null;
            }

            _byUse.Remove(node);
            _byUse.AddFirst(node);
            return node.Value;
        }
    }

    public void Add(Leaf leaf)
    {
        lock (_gate)
        {
            if (_byHost.Remove(leaf.Host, out var older))
            {
                _byUse.Remove(older);
            }

            _byHost[leaf.Host] = _byUse.AddFirst(leaf);
            if (_byHost.Count > most)
            {
                // Connections that use it have it from their handshake; the collector takes it after them.
                _byHost.Remove(_byUse.Last!.Value.Host);
                _byUse.RemoveLast();
            }
        }
    }
}
