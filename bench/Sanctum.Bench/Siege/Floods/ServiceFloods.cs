namespace Sanctum.Bench.Siege.Floods;

/// <summary>Requests to a service that makes them cost what they can.</summary>
internal static class ServiceFloods
{
    public static readonly IReadOnlyList<Flood> All =
    [
        new("gzip", "96 requests at a time, responses with a gzip name of 16 MiB in 55 bytes", (field, end) => ManyAsync(field, "/gzip-name", 0, end)),
        new("brotli", "96 requests at a time, responses with windows of 16 MiB that do not end", (field, end) => ManyAsync(field, "/brotli-window", 0, end)),
        new("zstd", "96 requests at a time, responses with windows of 8 MiB that do not end", (field, end) => ManyAsync(field, "/zstd-window", 0, end)),
        new("bodies", "48 requests with bodies of 2 MiB, 16 with bodies of 12 MiB, which the service does not read", BodiesAsync),
    ];

    private static Task BodiesAsync(SiegeField field, CancellationToken end) =>
        Task.WhenAll(ManyAsync(field, "/silent", 2, end, 48), ManyAsync(field, "/silent", 12, end, 16));

    private static async Task ManyAsync(SiegeField field, string path, int mebibytes, CancellationToken end, int count = 96)
    {
        var frame = AgentWire.HttpFrame(SiegeField.Service, field.Origin + path, new string('x', mebibytes * 1024 * 1024));
        await Besieger.ManyAsync(count, async number =>
        {
            using var socket = await field.SignInAsync(SiegeField.Greedy[number % SiegeField.Greedy.Count]);
            using var stop = end.Register(() => socket.Close());
            while (!end.IsCancellationRequested)
            {
                await AgentWire.SendAllAsync(socket, frame, end);
                await AgentWire.SkipReplyAsync(socket, end);
            }
        }, end);
    }
}
