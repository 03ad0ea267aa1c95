using System.Globalization;
using System.Security.Cryptography;
using Sanctum.EndToEnd.Tests.Harness;
using Sanctum.Storage.Postgres.Tests;

namespace Sanctum.EndToEnd.Tests.Moves;

/// <summary><c>sanctum vault move</c>: there and back, with all that is in a vault.</summary>
public sealed class MoveTests(PostgresServer server) : IClassFixture<PostgresServer>
{
    [Fact]
    public async Task A_vault_goes_there_and_back_with_all_that_it_has()
    {
        await using var home = await MovingHome.MadeAsync(server.NewVault());
        var here = home.Here;
        var key = Path.Join(here.Directory, "sanctum-seal-key");
        File.WriteAllBytes(key, RandomNumberGenerator.GetBytes(32));
        File.SetUnixFileMode(key, HostTools.File600);
        (await here.RunBareAsync("", ["seal-provider", "add", "systemd", "--passphrase-file", here.PassphraseFile], ("CREDENTIALS_DIRECTORY", here.Directory))).Done();
        await here.RegisterAsync("helper");
        await here.GrantAsync("helpers", "helper", "a/*", "retrieve");
        await here.StartDaemonAsync();
        await using (var client = await here.ConnectAsync("helper"))
        {
            Assert.Equal("a second secret", await client.RetrieveAsync("a/b"));
        }

        // A daemon that runs is named, and nothing is changed.
        var served = await home.OutAsync();
        Assert.Equal(1, served.ExitCode);
        Assert.Contains("serves this vault; it was not moved", served.Errors, StringComparison.Ordinal);
        await here.StopDaemonAsync();
        here.Configure("""{"leases_per_agent": 7, /* a comment */ "node_name": "first",}""");
        var before = await CheckpointAsync(here);

        var moved = (await home.OutAsync("--json")).Done();
        Assert.Equal(("folder", "postgres", false), ((string?)moved.Json["from"], (string?)moved.Json["to"], (bool)moved.Json["resumed"]!));
        await HasAllAsync(home, before, (long)moved.Json["audit_entries"]!);
        Assert.True(home.IsInDatabase);
        Assert.Contains("\"leases_per_agent\": 7", await File.ReadAllTextAsync(home.Config), StringComparison.Ordinal);
        Assert.Equal(2, moved.Json["left_behind"]!.AsArray().Count);
        Assert.All(moved.Json["left_behind"]!.AsArray(), file => Assert.True(File.Exists(Path.Join(here.Vault, (string)file!))));

        // What is left does not open by mistake, and says where the vault is.
        var config = await File.ReadAllTextAsync(home.Config);
        here.Configure("{}");
        foreach (var command in new[] { new[] { "daemon", "start" }, ["get", "a/b"], ["vault", "move", "--to", "folder"] })
        {
            var refused = await here.RunAsync(command);
            Assert.Equal(1, refused.ExitCode);
            Assert.Contains("moved from", refused.Errors, StringComparison.Ordinal);
        }

        here.Configure(config);
        before = await CheckpointAsync(here);
        moved = (await home.BackAsync("--json")).Done();
        Assert.Equal(("postgres", "folder"), ((string?)moved.Json["from"], (string?)moved.Json["to"]));
        Assert.False(home.IsInDatabase);
        await HasAllAsync(home, before, (long)moved.Json["audit_entries"]!);

        var left = await home.There.RunAsync("audit", "verify");
        Assert.Equal(1, left.ExitCode);
        Assert.Contains("was moved at", left.Errors, StringComparison.Ordinal);
        Assert.Contains("'first'", left.Errors, StringComparison.Ordinal);
        Assert.Equal(1, (await home.There.RunAsync("init")).ExitCode);

        // It does not go to where it was left, and it does go elsewhere.
        var again = await home.OutAsync();
        Assert.Equal(1, again.ExitCode);
        Assert.Contains("was moved at", again.Errors, StringComparison.Ordinal);
        Assert.True(await MovingHome.OpensAsync(here));
        (await here.RunAsync("vault", "move", "--to", server.NewVault())).Done();
        Assert.True(await MovingHome.OpensAsync(here));
    }

    [Fact]
    public async Task The_log_says_who_and_from_where_to_where_and_nothing_shows_secrets_or_the_password()
    {
        const string Password = "canary-of-a-password";
        await using var home = await MovingHome.MadeAsync(server.NewVault());
        var file = Path.Join(home.Here.Directory, "password");
        File.WriteAllText(file, Password + "\n");
        File.SetUnixFileMode(file, HostTools.File600);
        var inClear = await home.Here.RunAsync("vault", "move", "--to", home.Database + ";Password=" + Password);
        Assert.Equal(2, inClear.ExitCode);
        Assert.Contains("--password-file", inClear.Errors, StringComparison.Ordinal);
        CliResult[] said = [inClear, await home.OutAsync("--password-file", file, "--verbose"), await home.BackAsync("--verbose")];
        said[1].Done();
        said[2].Done();

        var log = (await home.Here.RunAsync("audit", "log", "--action", "vault.move", "--json")).Done();
        var entries = log.Json["entries"]!.AsArray();
        Assert.Equal(["folder postgres", "postgres folder"], entries.Select(it => $"{it!["details"]!["from"]} {it["details"]!["to"]}").Order(StringComparer.Ordinal));
        Assert.All(entries, it => Assert.Equal("operator", (string?)it!["actor"]));
        foreach (var text in said.Append(log).SelectMany(it => new[] { it.Output, it.Errors }).Append(await File.ReadAllTextAsync(home.Config)))
        {
            Assert.DoesNotContain(Password, text, StringComparison.Ordinal);
            Assert.DoesNotContain("a second secret", text, StringComparison.Ordinal);
            Assert.DoesNotContain(SanctumHome.Passphrase, text, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("Host=", log.Output, StringComparison.Ordinal);
    }

    private static async Task HasAllAsync(MovingHome home, string before, long entries)
    {
        var here = home.Here;
        Assert.True(await MovingHome.OpensAsync(here));
        (await here.RunAsync("audit", "verify", "--checkpoint", before)).Done(); // The whole log came along.
        Assert.Equal(long.Parse(before.Split(':')[0], CultureInfo.InvariantCulture) + 2, entries); // The command that verified sealed the vault again, and then it moved.
        Assert.Contains("helpers", (await here.RunAsync("policy", "list")).Done().Output, StringComparison.Ordinal);
        Assert.Contains("systemd", (await here.RunAsync("seal-provider", "list")).Done().Output, StringComparison.Ordinal);

        // The daemon opens it by the provider alone, and the agent is known.
        (await here.RunBareAsync("", ["daemon", "start"], ("CREDENTIALS_DIRECTORY", here.Directory))).Done();
        try
        {
            await using var client = await here.ConnectAsync("helper");
            Assert.Equal("a second secret", await client.RetrieveAsync("a/b"));
        }
        finally
        {
            await here.StopDaemonAsync();
        }
    }

    // Verifying writes nothing; opening does.
    private static async Task<string> CheckpointAsync(SanctumHome home)
    {
        var verified = (await home.RunAsync("audit", "verify", "--json")).Done().Json;
        return $"{verified["entries"]}:{verified["checkpoint"]}";
    }
}
