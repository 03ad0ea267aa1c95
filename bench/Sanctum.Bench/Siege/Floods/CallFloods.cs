namespace Sanctum.Bench.Siege.Floods;

/// <summary>Well-formed calls, more of them than anyone needs.</summary>
internal static class CallFloods
{
    public static readonly IReadOnlyList<Flood> All =
    [
        new("denied", "eight connections, 64 calls at a time that no policy grants", DeniedAsync),
        new("rsa", "eight connections that sign with RSA of 4096 bits", RsaAsync),
        new("leases", "32 connections, 64 retrievals at a time", LeasesAsync),
        new("unread", "16 connections that encrypt 2 MiB again and again and read no reply", UnreadAsync),
        new("abandoned", "requests to a service that is silent, and agents that hang up", AbandonedAsync),
    ];

    private static Task DeniedAsync(SiegeField field, CancellationToken end) => PipelineAsync(
        field, SiegeField.Stranger, 8, AgentWire.CallFrame("retrieve", """{"path":"siege/shared"}"""), end);

    private static Task RsaAsync(SiegeField field, CancellationToken end) => PipelineAsync(
        field, SiegeField.Greedy[0], 8, AgentWire.UseFrame(SiegeField.RsaKey, "sign", """{"data":"x"}"""), end);

    private static Task LeasesAsync(SiegeField field, CancellationToken end) => PipelineAsync(
        field, SiegeField.Greedy[0], 32, AgentWire.CallFrame("retrieve", """{"path":"siege/shared","ttl":5}"""), end);

    private static async Task UnreadAsync(SiegeField field, CancellationToken end)
    {
        var frame = AgentWire.UseFrame(SiegeField.SealingKey, "encrypt", "{\"data\":\"" + new string('x', 2 * 1024 * 1024) + "\"}");
        await Besieger.ManyAsync(16, async number =>
        {
            using var socket = await field.SignInAsync(SiegeField.Greedy[number % SiegeField.Greedy.Count]);
            using var stop = end.Register(() => socket.Close());
            while (!end.IsCancellationRequested)
            {
                await AgentWire.SendAllAsync(socket, frame, end);
            }
        }, end);
    }

    private static async Task AbandonedAsync(SiegeField field, CancellationToken end)
    {
        var frame = AgentWire.HttpFrame(SiegeField.Service, field.Origin + "/silent", "");
        await Besieger.ManyAsync(8, async number =>
        {
            using var socket = await field.SignInAsync(SiegeField.Greedy[0]);
            await AgentWire.SendAllAsync(socket, frame, end);
            await Besieger.PauseAsync(TimeSpan.FromMilliseconds(20), end);
        }, end);
    }

    // As many at a time as the daemon runs for one connection: who sends and reads do so side by side.
    private static async Task PipelineAsync(SiegeField field, string agent, int connections, byte[] frame, CancellationToken end)
    {
        var many = new byte[frame.Length * 64];
        for (var i = 0; i < 64; i++)
        {
            frame.CopyTo(many, i * frame.Length);
        }

        await Besieger.ManyAsync(connections, async _ =>
        {
            using var socket = await field.SignInAsync(agent);
            using var stop = end.Register(() => socket.Close());
            var reading = Besieger.DrainAsync(socket, end);
            while (!end.IsCancellationRequested && !reading.IsCompleted)
            {
                await AgentWire.SendAllAsync(socket, many, end);
            }

            await reading;
        }, end);
    }
}
