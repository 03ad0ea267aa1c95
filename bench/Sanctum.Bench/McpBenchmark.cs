using System.Diagnostics;
using System.Text.Json;
using Sanctum.Bench.Several;
using Sanctum.Storage.Sqlite;

namespace Sanctum.Bench;

/// <summary>
/// <c>mcp serve</c> on standard input: from the start of its process to the list of its tools. Then a call to a server directly and through <c>mcp wrap</c>, in turn;
/// the server that is wrapped is <c>mcp serve</c> once more.
/// </summary>
internal static class McpBenchmark
{
    private const int Starts = 30, Calls = 1000, WarmUp = 100;

    public static async Task RunAsync(BenchFolder folder)
    {
        using var vault = new BenchVault(folder, "mcp", postgres: null);
        await using (var store = await SqliteVaultStore.CreateAsync(vault.FolderOf(0)))
        {
            await vault.MakeAsync(store);
        }

        var key = Path.Join(folder.Path, "mcp.key");
        vault.AgentKey.Save(key);
        await vault.StartAsync();
        string[] own = ["--vault-path", vault.FolderOf(0), "--agent", BenchVault.Agent, "--key", key];
        string[] serve = ["mcp", "serve", .. own];

        List<double> starts = [];
        for (var i = 0; i < Starts; i++)
        {
            var start = Stopwatch.GetTimestamp();
            using var server = new McpServer(serve);
            await server.GreetAsync();
            await server.CallAsync("tools/list", "{}");
            starts.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        using var direct = new McpServer(serve);
        using var wrapped = new McpServer(["mcp", "wrap", "--name", "inner", .. own, "--", .. ServerProcess.Sanctum(serve)]);
        McpServer[] both = [direct, wrapped];
        foreach (var server in both)
        {
            await server.GreetAsync();
            await server.CallAsync("tools/list", "{}");
        }

        List<double>[] times = [[], []];
        for (var i = 0; i < WarmUp + Calls; i++)
        {
            for (var which = 0; which < both.Length; which++)
            {
                var start = Stopwatch.GetTimestamp();
                await both[which].CallAsync("tools/call", """{"name":"sanctum_status","arguments":{}}""");
                if (i >= WarmUp)
                {
                    times[which].Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                }
            }
        }

        Console.WriteLine($"mcp serve, from its start to the list of its tools, {Starts} times: p50 {Middle(starts):0.0} ms, longest {starts[^1]:0.0} ms");
        Console.WriteLine($"a call, p50 of {Calls}: directly {Middle(times[0]):0.00} ms, through mcp wrap {Middle(times[1]):0.00} ms, which adds {Middle(times[1]) - Middle(times[0]):0.00} ms");
    }

    private static double Middle(List<double> times)
    {
        times.Sort();
        return times[times.Count / 2];
    }

    /// <summary>A server on standard input and output, asked one thing after the other.</summary>
    private sealed class McpServer : IDisposable
    {
        private readonly Process _process;
        private int _id;

        public McpServer(string[] arguments)
        {
            var command = ServerProcess.Sanctum(arguments);
            _process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        }

        public async Task GreetAsync()
        {
            await CallAsync("initialize", """{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"bench","version":"1"}}""");
            await WriteAsync("""{"jsonrpc":"2.0","method":"notifications/initialized"}""");
        }

        /// <exception cref="InvalidOperationException">It responded with an error, or ended.</exception>
        public async Task CallAsync(string method, string parameters)
        {
            var id = ++_id;
            await WriteAsync($$"""{"jsonrpc":"2.0","id":{{id}},"method":"{{method}}","params":{{parameters}}}""");
            while (true)
            {
                var line = await _process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("the server has ended");
                using var message = JsonDocument.Parse(line);
                if (message.RootElement.TryGetProperty("id", out var of) && of.ValueKind == JsonValueKind.Number && of.GetInt32() == id && !message.RootElement.TryGetProperty("method", out _))
                {
                    var isError = message.RootElement.TryGetProperty("error", out _) || (message.RootElement.GetProperty("result").TryGetProperty("isError", out var failed) && failed.GetBoolean());
                    if (isError)
                    {
                        throw new InvalidOperationException(line);
                    }

                    return;
                }
            }
        }

        public void Dispose()
        {
            _process.StandardInput.Close();
            _process.WaitForExit(TimeSpan.FromSeconds(10));
            _process.Dispose();
        }

        private async Task WriteAsync(string line)
        {
            await _process.StandardInput.WriteAsync(line + "\n");
            await _process.StandardInput.FlushAsync();
        }
    }
}
