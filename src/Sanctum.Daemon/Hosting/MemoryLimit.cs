namespace Sanctum.Daemon.Hosting;

/// <summary>What the process may use of memory (<c>DOTNET_GCHeapHardLimit</c>, a cgroup's limit, the machine's), and what that leaves for calls and requests.</summary>
internal static class MemoryLimit
{
    private const int Share = 4;

    // Of responses, and as much again of bodies: with the calls, half of what there is.
    private const int EgressShare = 8;
    private const long MiB = 1024 * 1024;

    /// <summary>The process's limit, in bytes.</summary>
    public static long Current => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    /// <summary>The limits with no more memory for calls than a quarter of what there is, and no request larger than an agent's share of it.</summary>
    /// <param name="limits">As configured.</param>
    /// <param name="available">What the process may use, in bytes.</param>
    public static LimitsConfig Fit(LimitsConfig limits, long available)
    {
        var memory = (int)Math.Clamp(available / Share / MiB, 1, limits.RequestMemory);
        var largest = memory * MiB / (2 * Rpc.MemoryShare.CostOf(Protocol.Framing.FrameLimits.Request) / Protocol.Framing.FrameLimits.Request);
        return limits with { RequestMemory = memory, RequestFrame = (int)Math.Min(limits.RequestFrame, largest) };
    }

    /// <summary>The memory of requests that go out, with no more than an eighth each of what there is where the operator left it open.</summary>
    /// <param name="egress">As configured.</param>
    /// <param name="available">What the process may use, in bytes.</param>
    public static EgressConfig Fit(EgressConfig egress, long available) => egress with
    {
        ResponseMemory = egress.ResponseMemory ?? Default(available, EgressConfig.LeastResponseMemory, EgressConfig.DefaultResponseMemory),
        RequestMemory = egress.RequestMemory ?? Default(available, EgressConfig.LeastRequestMemory, EgressConfig.DefaultRequestMemory),
    };

    private static int Default(long available, int least, int most) => (int)Math.Clamp(available / EgressShare / MiB, least, most);
}
