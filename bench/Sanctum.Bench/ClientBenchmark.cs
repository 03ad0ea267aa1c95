using System.Diagnostics;
using Sanctum.Bench.Several;
using Sanctum.Client;
using Sanctum.Storage.Sqlite;

namespace Sanctum.Bench;

/// <summary>
/// The .NET client: how long it takes to connect and to sign in, beside the same by hand on a bare socket, in turn; what a <c>sign</c> and a request through the handler allocate,
/// beside a request of <see cref="HttpClient"/> alone.
/// </summary>
internal static class ClientBenchmark
{
    private const int Connections = 500, WarmUp = 200, Calls = 2000;

    public static async Task RunAsync(BenchFolder folder)
    {
        var portFile = Path.Join(folder.Path, "ports");
        File.Delete(portFile);
        using var upstream = await ServerProcess.StartAsync("dotnet", [Path.Join(AppContext.BaseDirectory, "Sanctum.Bench.dll"), "upstream", folder.Path], portFile);
        var url = new Uri($"https://127.0.0.1:{(await File.ReadAllLinesAsync(portFile))[0]}/v1/things");
        using var vault = new BenchVault(folder, "client", postgres: null);
        await using (var store = await SqliteVaultStore.CreateAsync(vault.FolderOf(0)))
        {
            await vault.MakeAsync(store, url.GetLeftPart(UriPartial.Authority));
        }

        await File.WriteAllTextAsync(Path.Join(vault.FolderOf(0), "config.json"), $$$"""{"egress":{"requests_per_minute":0,"trusted_ca_file":"{{{Path.Join(folder.Path, "ca.pem")}}}"}}""");
        var key = Path.Join(folder.Path, "client.key");
        vault.AgentKey.Save(key);
        await vault.StartAsync();
        var options = new SanctumClientOptions { SocketPath = vault.SocketOf(0), KeyPath = key };
        await ConnectAsync(vault, options);

        await using var client = await SanctumClient.ConnectAsync(BenchVault.Agent, options);
        using var handler = new HttpClient(new SanctumHttpHandler(client, BenchVault.Streamed));
        using var bare = new HttpClient(new SocketsHttpHandler { UseProxy = false, UseCookies = false, SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true } });
        var sign = await BytesAsync(() => client.SignAsync(BenchVault.Key, "the payload of a webhook"));
        var direct = await BytesAsync(() => SendAsync(bare, url));
        var through = await BytesAsync(() => SendAsync(handler, url));
        Console.WriteLine($"a sign allocates {sign} bytes; a request {direct} with HttpClient, {through} through the handler: {(double)through / direct:0.00} times as many");
    }

    private static async Task ConnectAsync(BenchVault vault, SanctumClientOptions options)
    {
        List<double> byHand = [], byClient = [];
        for (var i = 0; i < WarmUp + Connections; i++)
        {
            var start = Stopwatch.GetTimestamp();
            (await AgentWire.SignInAsync(vault.SocketOf(0), BenchVault.Agent, vault.AgentKey)).Dispose();
            var middle = Stopwatch.GetTimestamp();
            await using var client = await SanctumClient.ConnectAsync(BenchVault.Agent, options);
            var end = Stopwatch.GetTimestamp();
            if (i >= WarmUp)
            {
                byHand.Add(Stopwatch.GetElapsedTime(start, middle).TotalMilliseconds);
                byClient.Add(Stopwatch.GetElapsedTime(middle, end).TotalMilliseconds);
            }
        }

        byHand.Sort();
        byClient.Sort();
        Console.WriteLine($"to connect and sign in, {Connections} times in turn: the client p50 {byClient[Connections / 2]:0.00} ms, p99 {byClient[Connections * 99 / 100]:0.00}; by hand p50 {byHand[Connections / 2]:0.00}, p99 {byHand[Connections * 99 / 100]:0.00}");
    }

    private static async Task<long> BytesAsync(Func<Task> call)
    {
        for (var i = 0; i < WarmUp; i++)
        {
            await call();
        }

        var before = GC.GetTotalAllocatedBytes(precise: true);
        for (var i = 0; i < Calls; i++)
        {
            await call();
        }

        return (GC.GetTotalAllocatedBytes(precise: true) - before) / Calls;
    }

    private static async Task SendAsync(HttpClient http, Uri url)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.Add("Authorization", "Bearer placeholder");
        using var response = await http.SendAsync(request);
        await response.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync();
    }
}
