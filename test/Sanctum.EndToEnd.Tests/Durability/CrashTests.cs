using System.Text.Json.Nodes;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Durability;

/// <summary>What was acknowledged survives <c>kill -9</c>.</summary>
public sealed class CrashTests
{
    private static readonly int Kills = Campaign.IsOn ? 200 : 24;

    [Fact]
    public async Task Kills_at_any_moment_lose_nothing_that_was_acknowledged()
    {
        // Two vaults at a time: while one daemon starts, the other's writers are at work.
        await Task.WhenAll(SurviveAsync(Kills / 2, seed: 1), SurviveAsync(Kills / 2, seed: 2));
    }

    private static async Task SurviveAsync(int kills, int seed)
    {
        var random = new Random(seed);
        await using var home = new SanctumHome();
        (await home.RunAsync("init")).Done();
        var all = new Acknowledged();
        for (var round = 0; round < kills; round++)
        {
            await using var daemon = await ForegroundDaemon.StartAsync(home);
            if (round == 0)
            {
                await PrepareAsync(home);
            }
            else if (round % 10 == 0)
            {
                await CheckAsync(home, all);
            }

            // Killed from within the acknowledgement of one write, while the others are wherever they are.
            var acknowledged = all.Count;
            var limit = acknowledged + random.Next(1, Writers.MostCalls);
            await new Writers(home, all, round, () => all.Took(limit, daemon.Process.Kill)).RunAsync();
            Assert.True(all.Count >= limit, daemon.Said);
            Assert.NotEqual(0, await daemon.EndedAsync());
        }

        await using (await ForegroundDaemon.StartAsync(home))
        {
            await CheckAsync(home, all);
            await CheckBackupAsync(home, all);
        }
    }

    private static async Task PrepareAsync(SanctumHome home)
    {
        await home.RegisterAsync(Writers.Agent);
        await home.StoreAsync(Writers.Key, "a key to sign with");
        await home.GrantAsync("writer", Writers.Agent, "crash/*", "retrieve,use");
    }

    private static async Task CheckAsync(SanctumHome home, Acknowledged all)
    {
        var whole = (await home.RunAsync("audit", "verify", "--json")).Done().Json;
        using var admin = new AdminWire(home);
        await admin.LoginAsync();
        await CheckCredentialsAsync(admin, all);
        CheckLog((await home.RunAsync("audit", "log", "--last", "all", "--json")).Done().Json["entries"]!.AsArray(), all);
        Assert.True((int)whole["entries"]! >= all.Count);
    }

    private static async Task CheckCredentialsAsync(AdminWire admin, Acknowledged all)
    {
        var there = (await admin.DoAsync("credentials/list")).AsArray().Select(it => (string)it!["path"]!).ToHashSet();
        Assert.Empty(all.Stored.Keys.Except(there));
        Assert.Empty(all.Removed.Keys.Intersect(there));

        // Their values too: of those since the last time, and what opened once does not close again.
        foreach (var (path, value) in all.Stored.Where(it => all.Checked.Add(it.Key)))
        {
            Assert.Equal(value, await admin.GetAsync(path));
        }

        if (all.Counter > 0)
        {
            // One update may have been done without its writer hearing of it.
            Assert.InRange(int.Parse(await admin.GetAsync(Writers.Counter)), all.Counter, all.Counter + 1);
        }
    }

    private static void CheckLog(JsonArray entries, Acknowledged all)
    {
        var allowed = entries.Where(it => (string?)it!["outcome"] == "allowed").ToList();
        string[] Of(string action, string member) =>
            [.. allowed.Where(it => (string?)it!["action"] == action).Select(it => (string?)it![member]).OfType<string>()];

        Assert.Equal(entries.Select((_, i) => (long)i + (long)entries[0]!["sequence"]!), entries.Select(it => (long)it!["sequence"]!));
        Assert.Empty(all.Leases.Keys.Except(Of("retrieve", "lease_id")));
        Assert.Empty(all.Stored.Keys.Except(Of("credential.store", "resource")));
        Assert.Empty(all.Removed.Keys.Except(Of("credential.remove", "resource")));
        Assert.True(Of("use", "resource").Length >= all.Signed);
        Assert.Empty(all.Refused.Keys.Except(entries.Where(it => (string?)it!["outcome"] == "denied").Select(it => (string?)it!["resource"])));
    }

    private static async Task CheckBackupAsync(SanctumHome home, Acknowledged all)
    {
        var backup = Path.Join(home.Directory, "backup");
        var restored = Path.Join(home.Directory, "restored");
        (await home.RunAsync("backup", backup)).Done();
        (await home.RunAsync("restore", backup, "--vault-path", restored)).Done();
        var whole = (await home.RunAsync("audit", "verify", "--json", "--vault-path", restored)).Done().Json;
        Assert.True((int)whole["entries"]! >= all.Count);
    }
}
