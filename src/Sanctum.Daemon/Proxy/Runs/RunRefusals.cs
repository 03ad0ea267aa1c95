namespace Sanctum.Daemon.Proxy.Runs;

/// <summary>Where a run's program wanted to go and was refused, each host and port once.</summary>
internal sealed class RunRefusals
{
    /// <summary>How many are kept: a program chooses the names.</summary>
    public const int Most = 64;

    private readonly Lock _gate = new();
    private readonly List<HostPort> _hosts = [];
    private bool _more;

    public void Add(HostPort target)
    {
        lock (_gate)
        {
            if (_hosts.Contains(target))
            {
                return;
            }

            if (_hosts.Count == Most)
            {
                _more = true;
                return;
            }

            _hosts.Add(target);
        }
    }

    /// <summary>Those that were kept, in order, and whether there were others.</summary>
    public (IReadOnlyList<HostPort> Hosts, bool More) Read()
    {
        lock (_gate)
        {
            return ([.. _hosts], _more);
        }
    }
}
