using System.Globalization;
using System.Runtime.Versioning;

namespace Sanctum.Storage.Postgres.Tests.History;

/// <summary>Three daemons over one database, agents and operators at all of them, and faults: what was acknowledged is there, and no rule is broken.</summary>
/// <remarks>For longer than a test run: <c>dotnet run build.cs -- history MINUTES</c>.</remarks>
[UnsupportedOSPlatform("windows")]
public sealed class HistoryTests(ITestOutputHelper output)
{
    private const string Variable = "SANCTUM_HISTORY_MINUTES";
    private const int LeasesPerAgent = 12;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly string[] Faults =
    [
        "kill a daemon", "stop a daemon for a while", "cut connections", "lose replies", "hold a connection for a while", "crash the database", "fail over to the standby",
    ];

    [Fact]
    public async Task Whatever_dies_nothing_acknowledged_is_lost_and_no_limit_is_exceeded()
    {
        var minutes = double.Parse(Environment.GetEnvironmentVariable(Variable) ?? "1", CultureInfo.InvariantCulture);
        var usesPerHour = (int)(900 * minutes);
        await using var cluster = new ReplicatedPair();
        await cluster.InitializeAsync();
        await using var daemons = new Daemons(cluster.NewVault(), cluster.SocketOf(0), cluster.SocketOf(1));
        await daemons.StartAsync(3, LeasesPerAgent);
        var records = new Records();
        var workload = new Workload(daemons, records, usesPerHour);
        await workload.SetUpAsync();

        using var over = new CancellationTokenSource();
        var working = workload.RunAsync(over.Token);
        var end = DateTime.UtcNow + TimeSpan.FromMinutes(minutes);
        for (var round = 0; DateTime.UtcNow < end; round++)
        {
            await Task.Delay(TimeSpan.FromSeconds(2));
            await FaultAsync(Faults[round % Faults.Length], cluster, daemons, round / Faults.Length % daemons.Count, minutes > 1 ? 10 : 4);
        }

        // Whatever happened, each of them serves again, without anybody's help.
        var isServed = await Task.WhenAll(Enumerable.Range(0, daemons.Count).Select(number => ServesAsync(number, workload, daemons)));
        await over.CancelAsync();
        await working;

        var flaws = await Checker.FlawsAsync(daemons.Settings, records, usesPerHour, LeasesPerAgent);
        Assert.True(flaws.Count == 0, $"the history has {flaws.Count} flaws: {string.Join('\n', flaws.Take(50))}");
        Assert.All(isServed, Assert.True);
        foreach (var kind in (string[])[Workload.Sign, Workload.Retrieve, Workload.Release, Workload.Store, Workload.Once, Workload.Grant, Workload.Withdraw, Workload.Toggled, Workload.Approve, Workload.Asked])
        {
            output.WriteLine($"{kind}: {records.CountOf(kind, Outcome.Done)} done, {records.CountOf(kind, Outcome.Refused)} refused, {records.CountOf(kind, Outcome.NotWritten)} not written, {records.CountOf(kind, Outcome.Unknown)} unknown");
            Assert.True(records.CountOf(kind, Outcome.Done) > 0, $"no {kind} was done: this run shows nothing");
        }

        // What no rule refuses is done, but for what was under way when something broke. While no daemon is there, a try costs nothing: those are not counted.
        Assert.InRange(records.CountOf(Workload.Once, Outcome.Unknown), 0, records.CountOf(Workload.Once, Outcome.Done));
    }

    private async Task<bool> ServesAsync(int number, Workload workload, Daemons daemons)
    {
        var failed = await workload.TriesUntilServedAsync(number, Patience);
        if (failed is null)
        {
            return true;
        }

        foreach (var line in (string[])[$"daemon {number} does not serve. What it said at last:", .. failed.TakeLast(20), "The end of its log:", .. daemons.LogOf(number)])
        {
            output.WriteLine(line);
        }

        return false;
    }

    private static async Task FaultAsync(string fault, ReplicatedPair cluster, Daemons daemons, int number, int seconds)
    {
        switch (fault)
        {
            case "kill a daemon":
                await daemons.KillAsync(number);
                await daemons.StartAsync(number);
                break;
            case "stop a daemon for a while":
                await daemons.SignalAsync(number, "-STOP");
                await Task.Delay(TimeSpan.FromSeconds(seconds));
                await daemons.SignalAsync(number, "-CONT");
                break;
            case "cut connections":
                await CutAsync(daemons, number, CuttingProxy.Cut.BeforeTheDatabase);
                break;
            case "lose replies":
                await CutAsync(daemons, number, CuttingProxy.Cut.BeforeTheClient);
                break;
            case "hold a connection for a while":
                daemons.Hold(number, isHeld: true);
                await Task.Delay(TimeSpan.FromSeconds(seconds));
                daemons.Hold(number, isHeld: false);
                break;
            case "crash the database":
                await cluster.KillPrimaryAsync();
                await cluster.StartPrimaryAsync();
                break;
            default:
                await cluster.UntilInStepAsync(); // Nobody fails over to one that is behind.
                await cluster.KillPrimaryUnheardAsync();
                await cluster.PromoteStandbyAsync();
                await cluster.ReplaceStandbyAsync();
                break;
        }
    }

    // Many times, and only commits: at some of them others are waiting.
    private static async Task CutAsync(Daemons daemons, int number, CuttingProxy.Cut cut)
    {
        for (var i = 0; i < 20; i++)
        {
            daemons.Cut(number, cut);
            await Task.Delay(50);
        }

        daemons.Cut(number, CuttingProxy.Cut.None);
    }
}
