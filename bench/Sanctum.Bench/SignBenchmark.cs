using System.Net.Sockets;
using System.Text;
using Sanctum.Agents;
using Sanctum.Client.Keys;
using Sanctum.Credentials;
using Sanctum.Policies;
using Sanctum.Storage.Sqlite;

namespace Sanctum.Bench;

/// <summary>
/// <c>sign</c> over the Unix socket, authorised and durably on the record, against an echo of frames of the same size on the same kind of
/// listener: both servers in processes of their own, driven alike, in one run.
/// </summary>
internal static class SignBenchmark
{
    private const string Agent = "bench";
    private const string Credential = "bench/key";

    public static async Task RunAsync(BenchFolder folder, BenchOptions options)
    {
        using var key = AgentKey.Generate();
        var vault = Path.Join(folder.Path, "vault");
        var passphrase = Path.Join(folder.Path, "passphrase");
        await File.WriteAllTextAsync(passphrase, "benchmark passphrase");
        await PrepareAsync(vault, key);
        var synced = SyncedWrite.P50(folder.Path, 4096);
        var frame = AgentWire.SignFrame(Credential);

        var echoSocket = Path.Join(folder.Path, "echo.sock");
        using var echo = await ServerProcess.StartAsync("dotnet", [Path.Join(AppContext.BaseDirectory, "Sanctum.Bench.dll"), "echo", echoSocket], echoSocket);
        var socket = Path.Join(vault, "vault.sock");
        using var daemon = await ServerProcess.StartSanctumAsync(
            ["daemon", "start", "--foreground", "--vault-path", vault, "--passphrase-file", passphrase], socket);

        Console.WriteLine($"sign over a Unix socket, {frame.Length}-byte frames, every call durably on the record");
        Console.WriteLine($"one synchronised write of 4096 bytes on this disk: {synced:0} us");
        Console.WriteLine($"{"connections",12} {"echo/s",10} {"sign/s",10} {"ratio",7} {"echo p50",9} {"sign p50",9} {"sign p99",9} {"echo cpu",9} {"sign cpu",9} us");
        foreach (var connections in options.Connections)
        {
            var ceiling = await MeasureAsync(echo, connections, () => AgentWire.OpenAsync(echoSocket), frame, options);
            var sign = await MeasureAsync(daemon, connections, () => AgentWire.SignInAsync(socket, Agent, key), frame, options);
            Console.WriteLine(
                $"{connections,12} {ceiling.PerSecond,10:0} {sign.PerSecond,10:0} {sign.PerSecond / ceiling.PerSecond,7:0.000} {ceiling.P50,9:0} {sign.P50,9:0} {sign.P99,9:0} {ceiling.Processor,9:0.0} {sign.Processor,9:0.0}");
            if (connections == 1)
            {
                Console.WriteLine($"{"",12} slower than the echo by {sign.P50 - ceiling.P50:0} us, which is {(sign.P50 - ceiling.P50) / synced:0.00} synchronised writes");
            }
        }
    }

    private static async Task<LoadResult> MeasureAsync(ServerProcess server, int count, Func<Task<Socket>> open, byte[] frame, BenchOptions options)
    {
        List<Socket> connections = [];
        try
        {
            for (var i = 0; i < count; i++)
            {
                connections.Add(await open());
            }

            return await Load.RunAsync(server, connections, frame, options.Duration);
        }
        finally
        {
            connections.ForEach(socket => socket.Dispose());
        }
    }

    private static async Task PrepareAsync(string folder, AgentKey key)
    {
        await using var store = await SqliteVaultStore.CreateAsync(folder);
        var passphrase = Encoding.UTF8.GetBytes("benchmark passphrase");
        await using var vault = await Vault.CreateAsync(store, passphrase);
        var by = await vault.UnsealAsync(passphrase);
        await vault.Agents.RegisterAsync(by, AgentName.Parse(Agent), key.PublicKey);
        await vault.Credentials.StoreAsync(by, CredentialPath.Parse(Credential), "a shared secret of some length"u8.ToArray());
        await vault.Policies.AddAsync(by, new Policy
        {
            Name = "bench",
            Principal = "agent:bench",
            Resources = ["bench/*"],
            Actions = PolicyActions.Use,
        });
    }
}
