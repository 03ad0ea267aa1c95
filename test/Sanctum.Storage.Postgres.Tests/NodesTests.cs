using System.Globalization;

namespace Sanctum.Storage.Postgres.Tests;

/// <summary>The daemons that serve a vault, as the database has them.</summary>
public sealed class NodesTests(PostgresServer server) : IClassFixture<PostgresServer>
{
    private static readonly DateTimeOffset _started = new(2030, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Fact]
    public async Task Each_has_one_row_which_it_renews_and_takes_away()
    {
        var vault = server.NewVault();
        await using var store = await PostgresVaultStore.CreateAsync(vault);
        await store.AnnounceAsync(new StoreNode("b", "1.0", "sealed", null, _started));
        await store.AnnounceAsync(new StoreNode("a", "1.1", "unsealed", 7, _started));
        await store.AnnounceAsync(new StoreNode("b", "1.0", "unsealed", 8, _started));

        var nodes = await store.ReadNodesAsync();
        Assert.Equal(["a 1.1 unsealed 7", "b 1.0 unsealed 8"], nodes.Select(it => string.Create(CultureInfo.InvariantCulture, $"{it.Name} {it.Version} {it.State} {it.Position}")));
        Assert.All(nodes, it => Assert.Equal(_started, it.Started));
        Assert.All(nodes, it => Assert.InRange(it.Silence, TimeSpan.Zero, TimeSpan.FromSeconds(15)));

        await store.WithdrawAsync("b");
        Assert.Equal("a", Assert.Single(await store.ReadNodesAsync()).Name);
    }

    [Fact]
    public async Task The_rows_are_bounded_and_what_nobody_renews_is_forgotten()
    {
        var vault = server.NewVault();
        await using var store = await PostgresVaultStore.CreateAsync(vault);
        await PostgresServer.SqlAsync(vault, "INSERT INTO nodes SELECT 'flood-' || n, '1', 'sealed', NULL, now(), now() - n * interval '1 second' FROM generate_series(1, 5000) AS n");
        await PostgresServer.SqlAsync(vault, "INSERT INTO nodes VALUES ('old', '1', 'sealed', NULL, now(), now() - interval '8 days')");
        Assert.Equal(100, (await store.ReadNodesAsync()).Count);

        await store.AnnounceAsync(new StoreNode("mine", "1", "sealed", null, _started));
        Assert.Equal(100L, await PostgresServer.SqlAsync(vault, "SELECT count(*) FROM nodes"));
        Assert.Contains(await store.ReadNodesAsync(), it => it.Name == "mine");
        Assert.Equal(0L, await PostgresServer.SqlAsync(vault, "SELECT count(*) FROM nodes WHERE name = 'old'"));
    }
}
