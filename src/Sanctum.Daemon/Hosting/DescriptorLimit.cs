using Sanctum.Daemon.Admin;

namespace Sanctum.Daemon.Hosting;

/// <summary>How many files and connections the process may have open (<c>RLIMIT_NOFILE</c>), and what that leaves for connections.</summary>
internal static unsafe class DescriptorLimit
{
    /// <summary>The least that is kept for everything but accepted connections: the database, the log, requests that go out, look-ups.</summary>
    public const int Reserve = 128;

    // An agent's requests can each try six addresses at once, and as many connections are kept for its next ones.
    private const int ShareKept = 4;

    private const int FewestConnections = 32;

    /// <summary>Raises the limit to what the system allows at most.</summary>
    public static void Raise()
    {
        var limits = stackalloc ulong[2];
        if (NativeMethods.GetResourceLimit(NativeMethods.RLIMIT_NOFILE, limits) == 0 && limits[0] < limits[1])
        {
            limits[0] = limits[1];
            _ = NativeMethods.SetResourceLimit(NativeMethods.RLIMIT_NOFILE, limits);
        }
    }

    /// <summary>The limit as it is.</summary>
    public static long Current
    {
        get
        {
            var limits = stackalloc ulong[2];
            return NativeMethods.GetResourceLimit(NativeMethods.RLIMIT_NOFILE, limits) == 0 ? (long)Math.Min(limits[0], int.MaxValue) : int.MaxValue;
        }
    }

    /// <summary>How many of them are kept for everything but accepted connections.</summary>
    public static long KeptOf(long descriptors) => Math.Max(Reserve, descriptors / ShareKept);

    /// <summary>How many connections may be open on all listeners, those that are about to be refused among them.</summary>
    public static int MostOpen(long descriptors) => (int)(descriptors - KeptOf(descriptors) + (Reserve / 2));

    /// <summary>The limits with no more connections than there are descriptors for.</summary>
    /// <param name="limits">As configured.</param>
    /// <param name="descriptors">What the process may have open.</param>
    /// <exception cref="OperatorException">There are too few to serve anybody.</exception>
    public static LimitsConfig Fit(LimitsConfig limits, long descriptors)
    {
        var free = descriptors - KeptOf(descriptors);
        if (free < FewestConnections)
        {
            throw new OperatorException(
                OperatorErrors.InvalidConfig,
                $"this process may open {descriptors} files, and the daemon needs {Reserve + FewestConnections} or more",
                "raise the limit: ulimit -n 1024, or LimitNOFILE= in the systemd unit");
        }

        // Strangers, on both kinds of listeners, and operators get an eighth each at the most. So does the proxy, twice: each of its connections has another one
        // that leads to a host. Agents get the rest.
        var unauthenticated = (int)Math.Min(limits.UnauthenticatedConnections, Math.Max(2, free / 8));
        var operators = (int)Math.Min(limits.OperatorConnections, Math.Max(2, free / 8));
        var proxy = (int)Math.Min(limits.ProxyConnections, Math.Max(2, free / 8));
        return limits with
        {
            UnauthenticatedConnections = unauthenticated,
            OperatorConnections = operators,
            ProxyConnections = proxy,
            Connections = (int)Math.Min(limits.Connections, free - (2 * unauthenticated) - operators - (2 * proxy)),
        };
    }
}
