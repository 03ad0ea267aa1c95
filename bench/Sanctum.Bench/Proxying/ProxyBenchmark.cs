using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Text;

namespace Sanctum.Bench.Proxying;

/// <summary>
/// What a request costs on its way through the proxy, beside the same request sent directly and through nginx and mitmproxy that put the key in, all in one
/// run: requests, handshakes, the first byte of a stream, and a large download.
/// </summary>
internal static class ProxyBenchmark
{
    private const int Events = 200;

    public static async Task RunAsync(BenchFolder folder, BenchOptions options)
    {
        var portFile = Path.Join(folder.Path, "ports");
        using var upstream = await ServerProcess.StartAsync("dotnet", [Path.Join(AppContext.BaseDirectory, "Sanctum.Bench.dll"), "upstream", folder.Path], portFile);
        string[] origins = [.. (await File.ReadAllLinesAsync(portFile)).Select(port => $"https://127.0.0.1:{port}")];
        var (vault, agent) = await BenchProxies.StartVaultAsync(folder, origins);
        var nginx = await BenchProxies.StartNginxAsync(folder, origins);
        var mitmproxy = await BenchProxies.StartMitmproxyAsync(folder);
        List<Way> ways = [new Way("direct", upstream, port => origins[port]), vault, .. new[] { nginx, mitmproxy }.OfType<Way>()];
        try
        {
            var synced = SyncedWrite.P50(folder.Path, 4096);
            Console.WriteLine($"one synchronised write of 4096 bytes on this disk: {synced:0} us");
            await RequestsAsync(ways, options, synced);
            await FirstBytesAsync(ways);
            await HandshakesAsync(vault);
            await DownloadsAsync(ways, (long)options.Download << 20);
        }
        finally
        {
            agent.Dispose();
            ways[1..].ForEach(way => way.Server.Dispose());
        }
    }

    private static async Task RequestsAsync(List<Way> ways, BenchOptions options, double synced)
    {
        Console.WriteLine("a GET with half a kilobyte in response, connections kept alive; cpu is the server's, of 'direct' the upstream's");
        Console.WriteLine($"{"way",-10} {"HTTP",5} {"at once",8} {"per s",8} {"p50 us",8} {"p99 us",8} {"added p50",10} {"beyond write",13} {"cpu us",8} {"per cpu s",10}");
        foreach (var version in new[] { HttpVersion.Version11, HttpVersion.Version20 })
        {
            foreach (var count in options.Connections)
            {
                LoadResult? direct = null;
                foreach (var way in ways)
                {
                    var result = await DriveAsync(way, version, count, options.Duration);
                    direct ??= result;
                    Console.WriteLine(
                        $"{way.Name,-10} {version,5} {count,8} {result.PerSecond,8:0} {result.P50,8:0} {result.P99,8:0} {result.P50 - direct.P50,10:0} {result.P50 - direct.P50 - synced,13:0} {result.Processor,8:0} {1_000_000 / result.Processor,10:0}");
                }
            }
        }
    }

    private static async Task<LoadResult> DriveAsync(Way way, Version version, int count, TimeSpan duration)
    {
        using var client = way.Client();
        var url = way.Origin(version.Major - 1) + "/v1/things";
        await SendAsync(client, url, version, count, TimeSpan.FromSeconds(1));
        var before = way.Server.ProcessorTime;
        var watch = Stopwatch.StartNew();
        var times = await SendAsync(client, url, version, count, duration);
        var elapsed = watch.Elapsed.TotalSeconds;
        times.Sort();
        return new LoadResult(times.Count / elapsed, times[times.Count / 2], times[times.Count * 99 / 100], (way.Server.ProcessorTime - before).TotalMicroseconds / times.Count);
    }

    private static async Task<List<double>> SendAsync(HttpClient client, string url, Version version, int count, TimeSpan duration)
    {
        var end = Stopwatch.GetTimestamp() + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        var all = await Task.WhenAll(Enumerable.Range(0, count).Select(_ => Task.Run(async () =>
        {
            List<double> times = new(100_000);
            for (var start = Stopwatch.GetTimestamp(); start < end;)
            {
                using var request = Get(url, version);
                using var response = await client.SendAsync(request);
                response.EnsureSuccessStatusCode();
                var now = Stopwatch.GetTimestamp();
                times.Add(Stopwatch.GetElapsedTime(start, now).TotalMicroseconds);
                start = now;
            }

            return times;
        })));
        return [.. all.SelectMany(times => times)];
    }

    // Each event holds when it was sent, by the clock that all processes of a machine share.
    private static async Task FirstBytesAsync(List<Way> ways)
    {
        Console.WriteLine($"from an event's being sent to its being received, over {Events} events, HTTP/1.1; mitmproxy waits for the end of a response");
        foreach (var way in ways.Where(way => way.Streams))
        {
            using var client = way.Client();
            using var request = Get(way.Origin(0) + "/events", HttpVersion.Version11);
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(), Encoding.ASCII);
            List<double> times = [];
            while (times.Count < Events && await reader.ReadLineAsync() is { } line)
            {
                if (line.StartsWith("data: ", StringComparison.Ordinal))
                {
                    times.Add(Stopwatch.GetElapsedTime(long.Parse(line["data: ".Length..], CultureInfo.InvariantCulture)).TotalMicroseconds);
                }
            }

            times.Sort();
            Console.WriteLine($"{way.Name,-10} p50 {times[times.Count / 2]:0} us, p99 {times[times.Count * 99 / 100]:0} us");
        }
    }

    // The proxy has the other end of the handshake; the host is not dialled for it.
    private static async Task HandshakesAsync(Way vault)
    {
        foreach (var (name, host) in new (string, Func<int, string>)[] { ("a new name", BenchProxies.NameOf), ("a known name", _ => BenchProxies.NameOf(0)) })
        {
            List<double> times = [];
            for (var i = 0; i < BenchProxies.Names; i++)
            {
                var start = Stopwatch.GetTimestamp();
                await using var stream = await vault.Connect!(CancellationToken.None);
                var credentials = vault.Proxy!.Credentials!.GetCredential(new Uri("http://vault.invalid"), "Basic")!;
                var authorization = Convert.ToBase64String(Encoding.ASCII.GetBytes($"{credentials.UserName}:{credentials.Password}"));
                await stream.WriteAsync(Encoding.ASCII.GetBytes($"CONNECT {host(i)}:443 HTTP/1.1\r\nHost: {host(i)}:443\r\nProxy-Authorization: Basic {authorization}\r\n\r\n"));
                var head = new byte[1024];
                var read = await stream.ReadAsync(head);
                if (!Encoding.ASCII.GetString(head, 0, read).StartsWith("HTTP/1.1 200", StringComparison.Ordinal))
                {
                    throw new InvalidOperationException(Encoding.ASCII.GetString(head, 0, read));
                }

                await using var tls = new SslStream(stream);
                await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = host(i), RemoteCertificateValidationCallback = (_, _, _, _) => true });
                times.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
            }

            times.Sort();
            Console.WriteLine($"tunnel and handshake for {name}: p50 {times[times.Count / 2]:0} us, p99 {times[times.Count * 99 / 100]:0} us");
        }
    }

    private static async Task DownloadsAsync(List<Way> ways, long size)
    {
        Console.WriteLine($"a download of {size >> 20} MiB of text without the secret, HTTP/1.1");
        foreach (var way in ways.Where(way => way.Streams))
        {
            using var client = way.Client();
            using var request = Get($"{way.Origin(0)}/large/{size}", HttpVersion.Version11);
            var (before, watch) = (way.Server.ProcessorTime, Stopwatch.StartNew());
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            await using var body = await response.Content.ReadAsStreamAsync();
            var (buffer, total) = (new byte[256 * 1024], 0L);
            while (await body.ReadAsync(buffer) is var count and > 0)
            {
                total += count;
            }

            var processor = (way.Server.ProcessorTime - before).TotalSeconds;
            Console.WriteLine($"{way.Name,-10} {total / 1e6 / watch.Elapsed.TotalSeconds,8:0} MB/s, {total / 1e6 / processor,8:0} MB per processor second{(total == size ? "" : ", not whole")}");
        }
    }

    private static HttpRequestMessage Get(string url, Version version) => new(HttpMethod.Get, url) { Version = version, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
}
