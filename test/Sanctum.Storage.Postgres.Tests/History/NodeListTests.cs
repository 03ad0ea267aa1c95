using Sanctum.Daemon.Admin;

namespace Sanctum.Storage.Postgres.Tests.History;

/// <summary>Daemons in processes of their own see each other, and one that died.</summary>
public sealed class NodeListTests(PostgresServer server) : IClassFixture<PostgresServer>
{
    [Fact]
    public async Task Both_are_listed_and_one_that_was_killed_goes_stale()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "daemons need Unix sockets");
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        await using var daemons = new Daemons(server.NewVault(), server.Socket);
        await daemons.StartAsync(2, leasesPerAgent: 10);
        var nodes = await UntilAsync(daemons, it => it.Count == 2);
        Assert.Single(nodes, it => it.Own);
        Assert.All(nodes, it => Assert.Equal(("unsealed", false), (it.State, it.Stale)));

        // Whoever asks without end asks the daemon, not the database: each time that is asked, its own row is new.
        HashSet<DateTimeOffset> seen = [];
        var asking = System.Diagnostics.Stopwatch.StartNew();
        for (var i = 0; i < 200; i++)
        {
            seen.Add((await daemons.NodesAsync(0)).Single(it => it.Own).SeenAt);
        }

        Assert.InRange(seen.Count, 1, (int)asking.Elapsed.TotalSeconds + 3);
        Assert.All(nodes, it => Assert.InRange(it.Position ?? 0, 1, long.MaxValue));

        await daemons.KillAsync(1);
        nodes = await UntilAsync(daemons, it => it.Any(node => node.Stale));
        Assert.False(nodes.Single(it => it.Own).Stale);

        // Whoever operates the database can write anything; it is shown as text, and goes no further.
        await PostgresServer.SqlAsync(daemons.Settings, "UPDATE nodes SET state = E'\\x1b[31mfine' WHERE seen < now() - interval '10 seconds'");
        await Task.Delay(TimeSpan.FromSeconds(1.1), TestContext.Current.CancellationToken); // Until the store is asked again.
        Assert.DoesNotContain(await daemons.NodesAsync(0), it => it.State.Contains('\u001b', StringComparison.Ordinal));
    }

    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    private static async Task<IReadOnlyList<NodeView>> UntilAsync(Daemons daemons, Func<IReadOnlyList<NodeView>, bool> isSo)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            if (await daemons.NodesAsync(0) is var nodes && isSo(nodes))
            {
                return nodes;
            }

            await Task.Delay(200, patience.Token);
        }
    }
}
