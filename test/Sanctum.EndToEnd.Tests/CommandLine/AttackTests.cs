using System.Text.Json.Nodes;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.CommandLine;

/// <summary><c>sanctum attack</c>: the gallery, every attempt of which has to be stopped, and the operator's own vault asked.</summary>
public sealed class AttackTests
{
    [Fact]
    public async Task Every_attempt_is_stopped_and_nothing_is_left_behind()
    {
        await using var home = new SanctumHome();
        var temporary = Directory.CreateDirectory(Path.Join(home.Directory, "tmp")).FullName;
        var ran = (await home.RunBareAsync("", ["attack", "--json"], ("TMPDIR", temporary))).Done();
        var attempts = ran.Json["attempts"]!.AsArray();
        Assert.True(attempts.Count > 100);
        Assert.All(attempts, it => Assert.True((bool)it!["stopped"]!, it.ToJsonString()));
        Assert.Equal(0, (int)ran.Json["got_through"]!);
        Assert.Equal(attempts.Count, (int)ran.Json["stopped"]!);
        Assert.DoesNotContain("sk-live-", ran.Output + ran.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(temporary), it => Path.GetFileName(it).StartsWith("sanctum", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_dry_run_asks_the_operators_own_vault_and_sends_nothing()
    {
        await using var home = await SanctumHome.ServingAsync();
        await home.StoreAsync("openai/api_key", "sk-live-0123456789abcdef", "--host", "api.openai.com");
        await home.StoreAsync("old/token", "sk-old-0123456789abcdef");
        await home.RegisterAsync("helper");
        await home.GrantAsync("uses", "helper", "openai/*", "use");
        await home.GrantAsync("reads", "helper", "old/*", "retrieve");
        var ran = (await home.RunAsync("attack", "--dry-run", "--json")).Done();
        var attempts = ran.Json["attempts"]!.AsArray();
        Assert.True(attempts.Count >= 6);
        Assert.All(attempts, it => Assert.True((bool)it!["stopped"]!, it.ToJsonString()));
        Assert.Contains("old/token", (string)Assert.Single(ran.Json["advice"]!.AsArray())!, StringComparison.Ordinal);
        Assert.DoesNotContain((await home.RunAsync("audit", "log", "--json")).Done().Json["entries"]!.AsArray(), it => (string?)it!["action"] == "use");
    }

    [Fact]
    public async Task A_dry_run_shows_what_would_get_through()
    {
        await using var home = await SanctumHome.ServingAsync();
        await home.StoreAsync("wide/key", "sk-live-0123456789abcdef", "--host", "api.example.com", "--host", "attacker.example");
        await home.RegisterAsync("helper");
        await home.GrantAsync("uses", "helper", "wide/*", "use");
        var ran = await home.RunAsync("attack", "--dry-run", "--json");
        Assert.Equal(1, ran.ExitCode);
        Assert.NotEqual(0, (int)ran.Json["got_through"]!);
    }
}
