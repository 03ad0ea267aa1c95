using Microsoft.Data.Sqlite;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Host;

/// <summary>A vault with a damaged secret and a damaged audit entry: both are named, the rest is served, and a backup can be had.</summary>
public sealed class DamagedBackupTests
{
    [Fact]
    public async Task What_is_damaged_is_named_the_rest_is_served_and_a_backup_says_what_is_damaged()
    {
        await using var home = new SanctumHome();
        (await home.RunAsync("init")).Done();
        await home.StoreAsync("a/broken", "a secret");
        await home.StoreAsync("a/whole", "another");
        await home.RegisterAsync("reader");
        Spoil(home);

        // Unsealing names the entry, wherever the vault is opened; and the vault is served.
        await using (var daemon = await ForegroundDaemon.StartAsync(home))
        {
            Assert.Contains("audit entry 3 can't be decrypted", daemon.Said, StringComparison.Ordinal);
            (await home.RunAsync("seal")).Done();
            Assert.Contains("warning: audit entry 3 can't be decrypted", (await home.RunAsync("unseal")).Done().Errors, StringComparison.Ordinal);
            Assert.Equal("another", (await home.RunAsync("get", "a/whole")).Done().Output);
            var refused = await home.RunAsync("get", "a/broken");
            Assert.Equal(1, refused.ExitCode);
            Assert.Contains("a/broken", refused.Errors, StringComparison.Ordinal);

            var backup = Path.Join(home.Directory, "backup");
            refused = await home.RunAsync("backup", backup);
            Assert.Equal(1, refused.ExitCode);
            Named(refused.Errors);
            Assert.Contains("--damaged", refused.Errors, StringComparison.Ordinal);
            Assert.False(File.Exists(backup));
            Named((await home.RunAsync("backup", backup, "--damaged")).Done().Errors);
            var again = (await home.RunAsync("backup", backup, "--damaged", "--force", "--json")).Done().Json;
            Assert.False((bool)again["verified"]!);
            Assert.Equal(2, again["damaged"]!.AsArray().Count);

            var restored = Path.Join(home.Directory, "restored");
            refused = await home.RunAsync("restore", backup, "--vault-path", restored);
            Assert.Equal(1, refused.ExitCode);
            Named(refused.Errors);
            Named((await home.RunAsync("restore", backup, "--damaged", "--vault-path", restored)).Done().Errors);
            Assert.Equal("another", (await home.RunAsync("get", "a/whole", "--vault-path", restored)).Done().Output);
        }

        static void Named(string said)
        {
            Assert.Contains("the secret of 'a/broken', version 1, is damaged", said, StringComparison.Ordinal);
            Assert.DoesNotContain("a/whole", said, StringComparison.Ordinal);
            Assert.Contains("audit entry 3 ", said, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_damaged_part_of_the_log_is_named_and_all_other_entries_are_shown()
    {
        await using var home = new SanctumHome();
        (await home.RunAsync("init")).Done();
        await home.StoreAsync("a/broken", "a secret");
        await home.StoreAsync("a/whole", "another");
        await home.RegisterAsync("reader");
        Spoil(home);
        await ShowsTheRestAsync(home);
        await using (await ForegroundDaemon.StartAsync(home))
        {
            await ShowsTheRestAsync(home);
            await using var agent = await home.ConnectAsync("reader");
            var page = await agent.ReadAuditLogAsync(100);
            Assert.True(page.IsIncomplete);
            Assert.Contains(page.Entries, it => it.Action == "session.open");
        }

        static async Task ShowsTheRestAsync(SanctumHome home)
        {
            foreach (var query in new string[][] { ["--last", "all"], ["--last", "1000"], ["--last", "all", "--since", "1h"] })
            {
                var shown = await home.RunAsync(["audit", "log", .. query, "--json"]);
                Assert.Equal(1, shown.ExitCode);
                Assert.Contains("audit entry 3 can't be decrypted", shown.Errors, StringComparison.Ordinal);
                Assert.Contains("DAMAGED", shown.Errors, StringComparison.Ordinal);
                var entries = shown.Json["entries"]!.AsArray().Select(it => (long)it!["sequence"]!).ToList();
                Assert.Equal(Enumerable.Range(1, entries.Count + 1).Select(it => (long)it).Where(it => it != 3), entries);
            }

            var table = await home.RunAsync("audit", "log", "--last", "all");
            Assert.Equal(1, table.ExitCode);
            Assert.Contains("a/whole", table.Output, StringComparison.Ordinal);
            Assert.Contains("audit entry 3 can't be decrypted", table.Errors, StringComparison.Ordinal);

            // It is not read as far as that.
            (await home.RunAsync("audit", "log", "--last", "1")).Done();
        }
    }

    // The log's row of the first store, and that store's secret: not in its last bytes, which the sum of all records holds.
    private static void Spoil(SanctumHome home)
    {
        using var database = new SqliteConnection($"Data Source={Path.Join(home.Vault, "vault.db")};Pooling=False");
        database.Open();
        using var log = database.CreateCommand();
        log.CommandText = "UPDATE log SET data = zeroblob(length(data)) WHERE first_sequence = 3";
        Assert.Equal(1, log.ExecuteNonQuery());

        // The longer one of the two.
        using var read = database.CreateCommand();
        read.CommandText = "SELECT data FROM records WHERE collection = 2 ORDER BY length(data) DESC LIMIT 1";
        var data = (byte[])read.ExecuteScalar()!;
        using var write = database.CreateCommand();
        write.CommandText = "UPDATE records SET data = $spoilt WHERE data = $data";
        write.Parameters.AddWithValue("$data", data.Clone());
        data[5] ^= 1;
        write.Parameters.AddWithValue("$spoilt", data);
        Assert.Equal(1, write.ExecuteNonQuery());
    }
}
