using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Sanctum.Bench.Siege.Floods;

namespace Sanctum.Bench.Siege;

/// <summary>
/// One flood after another against one daemon with a heap limit of 256 MiB, and a healthy agent beside them. Each flood is a process
/// of its own, so that what it costs its sender is not what is measured.
/// </summary>
internal static class SiegeBenchmark
{
    private const long HeapLimit = 256L * 1024 * 1024;
    private const double LongestWait = 1000;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(10);

    private static readonly IReadOnlyList<Flood> Floods =
        [.. FrameFloods.All, .. CallFloods.All, .. ConnectionFloods.All, .. ServiceFloods.All, .. OperatorFloods.All];

    /// <returns>Whether the daemon lived through all of it and the healthy agent never waited more than a second.</returns>
    public static async Task<bool> RunAsync(BenchFolder folder, BenchOptions options)
    {
        var portFile = Path.Join(folder.Path, "siege-port");
        using var upstream = await ServerProcess.StartAsync("dotnet", [Program, "siege-upstream", portFile], portFile);
        var field = new SiegeField(Path.Join(folder.Path, "besieged"), FreePort(), int.Parse(await File.ReadAllTextAsync(portFile), CultureInfo.InvariantCulture));
        var passphrase = Path.Join(folder.Path, "siege-passphrase");
        await File.WriteAllTextAsync(passphrase, SiegeVault.Passphrase);
        await SiegeVault.PrepareAsync(field);

        Console.WriteLine($"siege: one daemon with a heap limit of {HeapLimit / 1024 / 1024} MiB, each flood for {options.Duration.TotalSeconds:0} s; waits of a healthy agent in ms, memory in MiB");
        var held = true;
        using (var daemon = await StartAsync(field, passphrase))
        {
            Console.WriteLine($"{"flood",-11} {"list p50",9} {"p99",8} {"longest",8} {"new p50",8} {"longest",8} {"refused",8} {"peak",6} {"after",6} {"log",7}  what");
            using (var warm = new CancellationTokenSource(WarmUp))
            {
                await new HealthyAgent(field).RunAsync(warm.Token);
            }

            await BesiegeAsync(daemon, field, new Flood("nothing", "nothing: the healthy agent alone", (_, end) => Besieger.HoldAsync(end)), options);
            foreach (var flood in Floods.Where(flood => options.Floods.Count == 0 || options.Floods.Contains(flood.Name)))
            {
                held &= await BesiegeAsync(daemon, field, flood, options);
                if (daemon.HasExited)
                {
                    Console.WriteLine($"the daemon ended: {flood.Name}");
                    return false;
                }
            }
        }

        // What was written meanwhile must not keep the vault from being opened, under the same limit.
        var watch = Stopwatch.StartNew();
        using var again = await StartAsync(field, passphrase);
        Console.WriteLine($"started again on what is left, unsealed and listening: {watch.ElapsedMilliseconds} ms, {new MemoryWatch(again.Id).Now():0} MiB");
        return held;
    }

    /// <summary>The besieger's process: one flood until its input is closed.</summary>
    public static async Task FloodAsync(string name, SiegeField field)
    {
        using var end = new CancellationTokenSource();
        var flood = Floods.FirstOrDefault(flood => flood.Name == name)?.RunAsync ?? ((_, ended) => Besieger.HoldAsync(ended));
        var running = flood(field, end.Token);
        await Console.In.ReadToEndAsync();
        await end.CancelAsync();
        await Task.WhenAny(running, Task.Delay(TimeSpan.FromSeconds(2)));
    }

    private static async Task<bool> BesiegeAsync(ServerProcess daemon, SiegeField field, Flood flood, BenchOptions options)
    {
        var memory = new MemoryWatch(daemon.Id);
        var log = LogSize(field);
        using var besieger = ServerProcess.Start("dotnet", [Program, "siege-flood", flood.Name, field.Vault, $"{field.TcpPort}", $"{field.ServicePort}"]);
        using var end = new CancellationTokenSource(options.Duration);
        var (waiting, peak) = (new HealthyAgent(field).RunAsync(end.Token), memory.PeakAsync(end.Token));
        var (waits, most) = (await waiting, await peak);
        besieger.Dispose();
        await Task.Delay(Rest);

        waits.Lists.Sort();
        waits.SignIns.Sort();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{flood.Name,-11} {At(waits.Lists, 50),9:0.0} {At(waits.Lists, 99),8:0.0} {At(waits.Lists, 100),8:0.0} {At(waits.SignIns, 50),8:0.0} {At(waits.SignIns, 100),8:0.0} {waits.Refused.Count,8} {most,6:0} {memory.Now(),6:0} {LogSize(field) - log,7:0.0}  {flood.What}"));
        foreach (var refused in waits.Refused.Distinct().Take(3))
        {
            Console.WriteLine($"{"",11} refused: {refused}");
        }

        return waits.Refused.Count == 0 && At(waits.Lists, 100) <= LongestWait && At(waits.SignIns, 100) <= LongestWait;
    }

    private static double At(List<double> sorted, int percent) =>
        sorted.Count == 0 ? double.PositiveInfinity : sorted[Math.Min(sorted.Count - 1, sorted.Count * percent / 100)];

    private static double LogSize(SiegeField field) =>
        new[] { "vault.db", "vault.db-wal" }.Select(name => new FileInfo(Path.Join(field.Vault, name))).Sum(file => file.Exists ? file.Length : 0) / 1024.0 / 1024.0;

    private static Task<ServerProcess> StartAsync(SiegeField field, string passphrase) => ServerProcess.StartSanctumAsync(
        ["daemon", "start", "--foreground", "--vault-path", field.Vault, "--passphrase-file", passphrase],
        field.Socket,
        ("DOTNET_GCHeapHardLimit", HeapLimit.ToString("x", CultureInfo.InvariantCulture)));

    private static string Program => Path.Join(AppContext.BaseDirectory, "Sanctum.Bench.dll");

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
