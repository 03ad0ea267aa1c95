using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Sanctum.Agents;
using Sanctum.Client.Keys;
using Sanctum.Credentials;
using Sanctum.Policies;
using Sanctum.Storage.Sqlite;

namespace Sanctum.Bench;

/// <summary>
/// <c>http_request</c> through the vault, one connection for each agent, against the same request sent directly with HttpClient to the
/// same upstream, in one run. What the vault adds is the socket, the decision, the durable record, the search of the response and a second hop.
/// </summary>
internal static class HttpBenchmark
{
    private const string Credential = "bench/service";
    private const string Secret = "sk-bench-0123456789abcdefghijklmnop";

    public static async Task RunAsync(BenchFolder folder, BenchOptions options)
    {
        var portFile = Path.Join(folder.Path, "ports");
        using var upstream = await ServerProcess.StartAsync("dotnet", [Path.Join(AppContext.BaseDirectory, "Sanctum.Bench.dll"), "upstream", folder.Path], portFile);
        string[] origins = [.. (await File.ReadAllLinesAsync(portFile)).Select(port => $"https://127.0.0.1:{port}")];
        var vault = Path.Join(folder.Path, "http-vault");
        var passphrase = Path.Join(folder.Path, "http-passphrase");
        await File.WriteAllTextAsync(passphrase, "benchmark passphrase");
        var keys = Enumerable.Range(0, options.Connections.Max()).Select(_ => AgentKey.Generate()).ToArray();
        await PrepareAsync(vault, keys, origins, Path.Join(folder.Path, "ca.pem"));
        var synced = SyncedWrite.P50(folder.Path, 4096);
        var socket = Path.Join(vault, "vault.sock");
        using var daemon = await ServerProcess.StartSanctumAsync(
            ["daemon", "start", "--foreground", "--vault-path", vault, "--passphrase-file", passphrase], socket);

        Console.WriteLine("http_request through the vault against the same request sent directly with HttpClient, same upstream, over TLS");
        Console.WriteLine($"one synchronised write of 4096 bytes on this disk: {synced:0} us");
        Console.WriteLine($"{"request",-13} {"agents",6} {"direct/s",10} {"vault/s",10} {"ratio",7} {"direct p50",11} {"vault p50",10} {"added p50",10} {"beyond write",13} {"direct p99",11} {"vault p99",10} {"vault cpu",10} us");
        foreach (var kind in HttpExchangeKind.All)
        {
            var frame = AgentWire.HttpFrame(Credential, origins[kind.Port] + "/v1/things", kind.Body);
            foreach (var count in options.Connections)
            {
                var direct = await DirectAsync(upstream, count, kind, origins[kind.Port], options.Duration);
                var through = await ThroughVaultAsync(daemon, count, socket, keys, frame, options);
                Console.WriteLine(
                    $"{kind.Name,-13} {count,6} {direct.PerSecond,10:0} {through.PerSecond,10:0} {through.PerSecond / direct.PerSecond,7:0.000} {direct.P50,11:0} {through.P50,10:0} {through.P50 - direct.P50,10:0} {through.P50 - direct.P50 - synced,13:0} {direct.P99,11:0} {through.P99,10:0} {through.Processor,10:0.0}");
            }
        }
    }

    private static async Task<LoadResult> ThroughVaultAsync(
        ServerProcess daemon, int count, string socket, AgentKey[] keys, byte[] frame, BenchOptions options)
    {
        List<Socket> connections = [];
        try
        {
            for (var i = 0; i < count; i++)
            {
                connections.Add(await AgentWire.SignInAsync(socket, NameOf(i), keys[i]));
            }

            return await Load.RunAsync(daemon, connections, frame, options.Duration);
        }
        finally
        {
            connections.ForEach(connection => connection.Dispose());
        }
    }

    private static async Task<LoadResult> DirectAsync(ServerProcess upstream, int count, HttpExchangeKind kind, string origin, TimeSpan duration)
    {
        using var client = new HttpClient(new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,

            // What is measured is the request, and not whether this machine trusts an authority that is a minute old.
            SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true },
        });
        await DriveAsync(client, count, kind, origin, TimeSpan.FromSeconds(1));
        var before = upstream.ProcessorTime;
        var watch = Stopwatch.StartNew();
        var times = await DriveAsync(client, count, kind, origin, duration);
        var elapsed = watch.Elapsed.TotalSeconds;
        times.Sort();
        return new LoadResult(times.Count / elapsed, times[times.Count / 2], times[times.Count * 99 / 100], (upstream.ProcessorTime - before).TotalMicroseconds / times.Count);
    }

    private static async Task<List<double>> DriveAsync(HttpClient client, int count, HttpExchangeKind kind, string origin, TimeSpan duration)
    {
        var end = Stopwatch.GetTimestamp() + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        var all = await Task.WhenAll(Enumerable.Range(0, count).Select(_ => Task.Run(async () =>
        {
            List<double> times = new(100_000);
            for (var start = Stopwatch.GetTimestamp(); start < end;)
            {
                using var request = kind.Message(origin);
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Secret);
                using var response = await client.SendAsync(request);
                response.EnsureSuccessStatusCode();
                await response.Content.LoadIntoBufferAsync();
                var now = Stopwatch.GetTimestamp();
                times.Add(Stopwatch.GetElapsedTime(start, now).TotalMicroseconds);
                start = now;
            }

            return times;
        })));
        return [.. all.SelectMany(times => times)];
    }

    private static async Task PrepareAsync(string folder, AgentKey[] keys, string[] origins, string authority)
    {
        await using var store = await SqliteVaultStore.CreateAsync(folder);
        var passphrase = Encoding.UTF8.GetBytes("benchmark passphrase");
        await using var vault = await Vault.CreateAsync(store, passphrase);
        var by = await vault.UnsealAsync(passphrase);
        for (var i = 0; i < keys.Length; i++)
        {
            await vault.Agents.RegisterAsync(by, AgentName.Parse(NameOf(i)), keys[i].PublicKey);
        }

        await vault.Credentials.StoreAsync(
            by, CredentialPath.Parse(Credential), Encoding.UTF8.GetBytes(Secret), new CredentialOptions { AllowedOrigins = origins });
        await vault.Policies.AddAsync(by, new Policy { Name = "bench", Principal = "agent:*", Resources = ["bench/*"], Actions = PolicyActions.Use });
        var config = Path.Join(folder, "config.json");
        await File.WriteAllTextAsync(config, $$$"""{"egress":{"requests_per_minute":0,"trusted_ca_file":"{{{authority}}}"}}""");
    }

    private static string NameOf(int agent) => $"agent-{agent}";
}
