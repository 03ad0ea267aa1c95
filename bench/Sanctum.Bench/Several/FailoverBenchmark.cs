using System.Diagnostics;
using Sanctum.Client;
using Sanctum.Storage.Postgres;

namespace Sanctum.Bench.Several;

/// <summary>How long it takes until clients go on after the database's primary was killed and its standby promoted.</summary>
internal static class FailoverBenchmark
{
    private const int Failovers = 5, Clients = 16;

    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1), Pause = TimeSpan.FromMilliseconds(10);

    public static async Task RunAsync(BenchFolder folder)
    {
        await using var first = await BenchPostgres.StartAsync();
        await using var second = await BenchPostgres.FollowAsync(first);
        using var vault = new BenchVault(folder, "failover", first.Vault("failover", second));
        await using (var store = await PostgresVaultStore.CreateAsync(first.Vault("failover", second)))
        {
            await vault.MakeAsync(store);
        }

        await vault.StartAsync();
        await vault.StartAsync();
        var key = Path.Join(folder.Path, "failover.key");
        vault.AgentKey.Save(key);
        var clients = Enumerable.Range(0, Clients)
            .Select(number => new SanctumClient(BenchVault.Agent, new SanctumClientOptions { Addresses = [vault.SocketOf(number % 2), vault.SocketOf(1 - (number % 2))], KeyPath = key })).ToList();
        try
        {
            await MeasureAsync(first, second, clients);
        }
        finally
        {
            foreach (var client in clients)
            {
                await client.DisposeAsync();
            }
        }
    }

    private static async Task MeasureAsync(BenchPostgres primary, BenchPostgres standby, List<SanctumClient> clients)
    {
        List<double> times = [];
        for (var i = 0; i < Failovers; i++)
        {
            await Task.WhenAll(clients.Select(client => GoesOnAsync(client, Stopwatch.GetTimestamp())));
            await primary.KillAsync();
            await standby.PromoteAsync();
            var promoted = Stopwatch.GetTimestamp();
            times.AddRange(await Task.WhenAll(clients.Select(client => GoesOnAsync(client, promoted))));
            (primary, standby) = (standby, primary);
            await standby.FollowAgainAsync(primary);
        }

        times.Sort();
        Console.WriteLine($"from the promotion of the database's standby to a client's next sign, {Failovers} times {Clients} clients: p50 {times[times.Count / 2]:0} ms, p99 {times[times.Count * 99 / 100]:0} ms, longest {times[^1]:0} ms");
    }

    private static async Task<double> GoesOnAsync(SanctumClient client, long since)
    {
        while (true)
        {
            try
            {
                await client.SignAsync(BenchVault.Key, "text");
                return Stopwatch.GetElapsedTime(since).TotalMilliseconds;
            }
            catch (Client.VaultException) when (Stopwatch.GetElapsedTime(since) < Longest)
            {
                // No daemon has the database yet; or this call was on its way, and it is not known whether it was done.
                await Task.Delay(Pause);
            }
        }
    }
}
