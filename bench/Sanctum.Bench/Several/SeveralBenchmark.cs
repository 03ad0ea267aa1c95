using System.Net.Sockets;
using System.Text;
using Sanctum.Storage.Postgres;
using Sanctum.Storage.Sqlite;

namespace Sanctum.Bench.Several;

/// <summary>
/// <c>sign</c> and <c>retrieve</c> with one, two and three daemons over one PostgreSQL, beside one daemon over SQLite, each round in turn. Then how long it
/// takes until a withdrawal ends a stream at another daemon, and until clients go on after a daemon was killed, or the database failed over.
/// </summary>
internal static class SeveralBenchmark
{
    private const int MostDaemons = 3;

    public static async Task RunAsync(BenchFolder folder, BenchOptions options)
    {
        await using var postgres = await BenchPostgres.StartAsync();
        Console.WriteLine($"one synchronised write of 4096 bytes on this disk: {SyncedWrite.P50(folder.Path, 4096):0} us; a row committed to PostgreSQL: {await postgres.CommitP50Async():0} us");
        await ThroughputAsync(folder, postgres, options);
        await GoingOnBenchmark.RunAsync(folder, postgres);
        await FailoverBenchmark.RunAsync(folder);
    }

    private static async Task ThroughputAsync(BenchFolder folder, BenchPostgres postgres, BenchOptions options)
    {
        using var alone = new BenchVault(folder, "sqlite", postgres: null);
        await using (var store = await SqliteVaultStore.CreateAsync(alone.FolderOf(0)))
        {
            await alone.MakeAsync(store);
        }

        using var several = new BenchVault(folder, "several", postgres.Vault("several"));
        await using (var store = await PostgresVaultStore.CreateAsync(postgres.Vault("several")))
        {
            await several.MakeAsync(store);
        }

        await alone.StartAsync();
        Console.WriteLine($"{"call",9} {"connections",12} {"store",9} {"daemons",8} {"per second",11} {"p50",8} {"p99",8} {"daemons cpu",12} {"database cpu",13} us {"waiting for locks",18}");
        for (var daemons = 1; daemons <= MostDaemons; daemons++)
        {
            await several.StartAsync();
            foreach (var call in (string[])["sign", "retrieve"])
            {
                foreach (var connections in options.Connections)
                {
                    await MeasureAsync(call, alone, 1, postgres, "SQLite", connections, options.Duration);
                    await MeasureAsync(call, several, daemons, postgres, "Postgres", connections, options.Duration);
                }
            }
        }
    }

    private static async Task MeasureAsync(string call, BenchVault vault, int daemons, BenchPostgres postgres, string store, int connections, TimeSpan duration)
    {
        List<Socket> sockets = [];
        try
        {
            for (var i = 0; i < connections; i++)
            {
                sockets.Add(await AgentWire.SignInAsync(vault.SocketOf(i % daemons), BenchVault.Agent, vault.AgentKey));
            }

            using var measured = new CancellationTokenSource();
            var waiting = postgres.WaitingAsync(measured.Token);
            var database = postgres.ProcessorTime;
            var frame = AgentWire.SignFrame(BenchVault.Key);
            var result = await Load.RunAsync(
                () => vault.ProcessorTime, [.. sockets.Select(socket => call == "sign" ? Load.Caller(socket, frame) : Retriever(socket))], duration);

            // The second of warming up is in it.
            var perCall = (postgres.ProcessorTime - database).TotalMicroseconds / (result.PerSecond * (duration.TotalSeconds + 1));
            await measured.CancelAsync();
            Console.WriteLine(
                $"{call,9} {connections,12} {store,9} {daemons,8} {result.PerSecond,11:0} {result.P50,8:0} {result.P99,8:0} {result.Processor,12:0} {perCall,13:0}    {await waiting,18:0.00}");
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }
    }

    // Takes the secret, and gives the lease back: both durably on the record.
    private static Func<Task> Retriever(Socket socket)
    {
        var retrieve = AgentWire.CallFrame("retrieve", $$"""{"path":"{{BenchVault.Key}}","ttl":60}""");
        var buffer = new byte[4096];
        return async () =>
        {
            await Load.CallAsync(socket, retrieve, buffer);
            Load.ThrowOnError(buffer);
            var lease = "\"lease_id\":\""u8;
            var rest = buffer.AsSpan(buffer.AsSpan().IndexOf(lease) + lease.Length);
            var id = Encoding.ASCII.GetString(rest[..rest.IndexOf((byte)'"')]);
            await Load.CallAsync(socket, AgentWire.CallFrame("release_lease", $$"""{"lease_id":"{{id}}"}"""), buffer);
            Load.ThrowOnError(buffer);
        };
    }
}
