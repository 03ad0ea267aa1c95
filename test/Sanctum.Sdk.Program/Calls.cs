using System.Globalization;
using Sanctum.Client;

namespace Sanctum.Sdk.Program;

/// <summary>What calls cost a program: the bytes that one <c>sign</c> allocates, and the bytes that signing in does.</summary>
/// <remarks>Bytes do not depend on how busy the machine is. The benchmark <c>client</c> measures by the clock.</remarks>
internal static class Calls
{
    private const int Warmup = 500, Counted = 2000, Connections = 200;

    /// <summary>Measures.</summary>
    /// <returns><c>BYTES BYTES</c>, for each <c>sign</c> and for each time that it signed in.</returns>
    public static async Task<string> MeasureAsync(string socket, string keys)
    {
        var options = new SanctumClientOptions { SocketPath = socket, KeyDirectory = keys };
        await using var client = await SanctumClient.ConnectAsync("program", options);
        await SignAsync(client, Warmup);
        var sign = await BytesAsync(Counted, () => SignAsync(client, Counted));
        var connect = await BytesAsync(Connections, () => ConnectAsync(options));
        return string.Create(CultureInfo.InvariantCulture, $"{sign} {connect}");
    }

    private static async Task<long> BytesAsync(int times, Func<Task> work)
    {
        var before = GC.GetTotalAllocatedBytes(precise: true);
        await work();
        return (GC.GetTotalAllocatedBytes(precise: true) - before) / times;
    }

    private static async Task ConnectAsync(SanctumClientOptions options)
    {
        for (var i = 0; i < Connections; i++)
        {
            await using var another = await SanctumClient.ConnectAsync("program", options);
        }
    }

    private static async Task SignAsync(SanctumClient client, int count)
    {
        for (var i = 0; i < count; i++)
        {
            await client.SignAsync("sign/key", "the payload of a webhook");
        }
    }
}
