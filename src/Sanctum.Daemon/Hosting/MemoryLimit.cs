namespace Sanctum.Daemon.Hosting;

/// <summary>What the process may use of memory (<c>DOTNET_GCHeapHardLimit</c>, a cgroup's limit, the machine's), and what that leaves for calls.</summary>
internal static class MemoryLimit
{
    private const int Share = 4;
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
}
