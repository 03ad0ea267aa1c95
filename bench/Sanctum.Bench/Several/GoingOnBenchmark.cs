using System.Diagnostics;
using Sanctum.Client;
using Sanctum.Storage.Postgres;
using Sanctum.Upstream;

namespace Sanctum.Bench.Several;

/// <summary>How long it takes until a withdrawal ends a stream at another daemon, and until clients go on after theirs was killed.</summary>
internal static class GoingOnBenchmark
{
    private const int Withdrawals = 100, Kills = 10, Clients = 16;

    public static async Task RunAsync(BenchFolder folder, BenchPostgres postgres)
    {
        await using var upstream = Endless();
        var origin = $"http://127.0.0.1:{upstream.Port}";
        using var vault = new BenchVault(folder, "going", postgres.Vault("going"));
        await using (var store = await PostgresVaultStore.CreateAsync(postgres.Vault("going")))
        {
            await vault.MakeAsync(store, origin);
        }

        await vault.StartAsync();
        await vault.StartAsync();
        vault.AgentKey.Save(Path.Join(folder.Path, "bench.key"));
        await WithdrawAsync(folder, postgres, vault, origin);
        await KillAsync(folder, vault);
    }

    // The withdrawal is made here, by a third that serves the vault.
    private static async Task WithdrawAsync(BenchFolder folder, BenchPostgres postgres, BenchVault vault, string origin)
    {
        await using var store = await PostgresVaultStore.OpenAsync(postgres.Vault("going"));
        await using var own = await Vault.OpenAsync(store);
        var by = await own.UnsealAsync(BenchVault.PassphraseBytes);
        await using var client = new SanctumClient(BenchVault.Agent, Options(folder, vault.SocketOf(0)));
        using var http = new HttpClient(new SanctumHttpHandler(client, BenchVault.Streamed));
        List<double> times = [];
        for (var i = 0; i < Withdrawals; i++)
        {
            using var response = await http.GetAsync(new Uri(origin), HttpCompletionOption.ResponseHeadersRead);
            await using var stream = await response.EnsureSuccessStatusCode().Content.ReadAsStreamAsync();
            await stream.ReadAtLeastAsync(new byte[17], 17);
            await own.Policies.RemoveAsync(by, BenchVault.Policy.Name);
            var start = Stopwatch.GetTimestamp();
            await EndOfAsync(stream);
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            await own.Policies.AddAsync(by, BenchVault.Policy);
            await AllowedAsync(client);
        }

        times.Sort();
        Console.WriteLine($"from a withdrawal to the end of a stream at another daemon, {Withdrawals} times: p50 {times[Withdrawals / 2]:0} ms, p99 {times[Withdrawals * 99 / 100]:0} ms, longest {times[^1]:0} ms");
    }

    private static async Task KillAsync(BenchFolder folder, BenchVault vault)
    {
        List<double> times = [];
        for (var i = 0; i < Kills; i++)
        {
            var (dies, stays) = (i % 2, 1 - (i % 2));
            var clients = Enumerable.Range(0, Clients).Select(_ => new SanctumClient(BenchVault.Agent, Options(folder, vault.SocketOf(dies), vault.SocketOf(stays)))).ToList();
            try
            {
                // Connected to the one that dies, all of them.
                await Task.WhenAll(clients.Select(client => client.SignAsync(BenchVault.Key, "text")));
                var died = Stopwatch.GetTimestamp();
                using (var kill = Process.Start("kill", ["-KILL", $"{vault.Daemons[dies].Id}"]))
                {
                    await kill.WaitForExitAsync();
                }

                times.AddRange(await Task.WhenAll(clients.Select(client => GoesOnAsync(client, died))));
            }
            finally
            {
                foreach (var client in clients)
                {
                    await client.DisposeAsync();
                }
            }

            vault.Daemons[dies].Dispose();
            await vault.RestartAsync(dies);
        }

        times.Sort();
        Console.WriteLine($"from kill -9 of a daemon to a client's next sign, {Kills} times {Clients} clients: p50 {times[times.Count / 2]:0} ms, p99 {times[times.Count * 99 / 100]:0} ms, longest {times[^1]:0} ms");
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
            catch (Client.VaultException) when (Stopwatch.GetElapsedTime(since) < TimeSpan.FromSeconds(20))
            {
                // The call that was on its way: it is not known whether it was done.
            }
        }
    }

    private static async Task AllowedAsync(SanctumClient client)
    {
        for (var waited = Stopwatch.StartNew(); ; await Task.Delay(5))
        {
            try
            {
                await client.SignAsync(BenchVault.Key, "text");
                return;
            }
            catch (Client.VaultException) when (waited.Elapsed < TimeSpan.FromSeconds(5))
            {
                // The policy has not come through yet.
            }
        }
    }

    private static async Task EndOfAsync(Stream stream)
    {
        var buffer = new byte[4096];
        try
        {
            while (await stream.ReadAsync(buffer) > 0)
            {
            }
        }
        catch (Exception ended) when (ended is IOException or HttpRequestException)
        {
            // As it should be.
        }
    }

    private static SanctumClientOptions Options(BenchFolder folder, params string[] sockets) => new() { Addresses = sockets, KeyPath = Path.Join(folder.Path, "bench.key") };

    // An event a hundred times a second, for as long as somebody reads.
    private static RawUpstream Endless() => RawUpstream.Start(async connection =>
    {
        await connection.ReadRequestAsync();
        await connection.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/event-stream\r\n\r\n");
        for (var i = 0; i < 6000; i++)
        {
            await connection.SendAsync("11\r\ndata: {\"is\":\"a\"}\n\r\n");
            await Task.Delay(10);
        }
    });
}
