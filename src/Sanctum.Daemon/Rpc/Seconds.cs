using Sanctum.Protocol;

namespace Sanctum.Daemon.Rpc;

/// <summary>The wire's whole seconds.</summary>
internal static class Seconds
{
    // A policy's max_ttl is far below; this only keeps the number within what a TimeSpan and a date can hold.
    private const long Most = 10L * 366 * 86_400;

    public static long Of(TimeSpan span) => (long)span.TotalSeconds;

    public static TimeSpan? ToTtl(long? seconds) => seconds switch
    {
        null => null,
        >= 1 and <= Most => TimeSpan.FromSeconds(seconds.Value),
        _ => throw InvalidParams.Of("ttl", $"'ttl' must be between 1 and {Most} seconds"),
    };
}
