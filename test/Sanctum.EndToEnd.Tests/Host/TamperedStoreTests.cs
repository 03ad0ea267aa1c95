using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Host;

/// <summary>Somebody writes to, removes or exchanges the files of a vault that is being served.</summary>
public sealed class TamperedStoreTests
{
    [Fact]
    public async Task A_secret_that_was_replaced_and_is_put_back_is_not_handed_out()
    {
        await using var home = await ServedAsync("the first secret of all");
        var first = Rows(home, "records WHERE collection = 2");
        using var admin = await LoginAsync(home);
        await admin.DoAsync("credentials/remove", new() { ["path"] = "a/b" });
        await admin.StoreAsync("a/b", "the second secret of all");
        Run(home, "UPDATE records SET data = $data WHERE collection = 2", ("$data", first[0][3]));

        using var wire = await WireClient.ConnectAsync(home.Socket);
        await wire.SignInAsync("reader", home.KeyOf("reader"));
        var refused = await wire.RefusedAsync("retrieve", new() { ["path"] = "a/b" });
        Assert.DoesNotContain(Convert.ToHexStringLower("the first secret of all"u8), refused.ToJsonString(), StringComparison.Ordinal);
        Assert.Contains(await admin.AuditAsync(), it => (string?)it["action"] == "retrieve" && (string?)it["outcome"] == "failed" && (string?)it["resource"] == "a/b");

        // The operator is told which one; all others are served.
        using var response = await admin.SendAsync("credentials/get", new() { ["path"] = "a/b" });
        var message = (string)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!["message"]!;
        Assert.Contains("'a/b', version 1", message, StringComparison.Ordinal);
        await admin.StoreAsync("a/c", "another");
        Assert.Equal("another", await admin.GetAsync("a/c"));
    }

    [Fact]
    public async Task A_removed_secret_is_in_no_file_any_more()
    {
        await using var home = await ServedAsync(new string('x', 20_000));
        var ciphertext = ((byte[])Rows(home, "records WHERE collection = 2")[0][3]).AsSpan(100, 64).ToArray();
        Assert.NotEmpty(FilesWith(home, ciphertext));
        using var admin = await LoginAsync(home);
        await admin.DoAsync("credentials/remove", new() { ["path"] = "a/b" });
        Assert.Empty(FilesWith(home, ciphertext));
    }

    [Theory]
    [InlineData(long.MinValue)]
    [InlineData(-5L)]
    [InlineData(0L)]
    [InlineData(5000L)]
    public async Task A_row_that_was_put_into_the_log_is_named_whatever_its_number(long number)
    {
        await using var home = await ServedAsync("a secret");
        (await home.RunAsync("audit", "verify")).Done();
        Run(home, "INSERT INTO log SELECT $number, count, data FROM log WHERE first_sequence = 2", ("$number", number));
        var refused = await home.RunAsync("audit", "verify");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains($"row {number} of the audit log", refused.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("vault.db")]
    [InlineData("vault.sealed")]
    public async Task Nothing_is_acknowledged_once_a_file_was_removed_and_sealing_works_all_the_same(string name)
    {
        await using var home = await ServedAsync("a secret");
        using var admin = await LoginAsync(home);
        using var wire = await WireClient.ConnectAsync(home.Socket);
        await wire.SignInAsync("reader", home.KeyOf("reader"));
        File.Move(Path.Join(home.Vault, name), Path.Join(home.Directory, "away"));
        for (var i = 0; i < 5; i++)
        {
            using var response = await admin.SendAsync("credentials/store", new() { ["path"] = $"lost/{i}", ["value"] = AdminWire.Base64("lost") });
            var body = await response.Content.ReadAsStringAsync();
            Assert.False(response.IsSuccessStatusCode, body);
            Assert.Contains(name + " was removed", body, StringComparison.Ordinal);
        }

        // No secret leaves either: its entry could not be found again.
        var refused = await wire.RefusedAsync("retrieve", new() { ["path"] = "a/b" });
        Assert.DoesNotContain(Convert.ToHexStringLower("a secret"u8), refused.ToJsonString(), StringComparison.Ordinal);
        var status = await admin.DoAsync("seal");
        Assert.True((bool)status["sealed"]!);
        Assert.Contains(name + " was removed", (string?)status["warnings"]![0], StringComparison.Ordinal);

        File.Move(Path.Join(home.Directory, "away"), Path.Join(home.Vault, name));
        (await home.RunAsync("unseal")).Done();
        (await home.RunAsync("audit", "verify")).Done();
        Assert.Equal("a secret", (await home.RunAsync("get", "a/b")).Done().Output);
    }

    [Fact]
    public async Task A_checkpoint_that_was_noted_is_compared_after_the_log_has_grown_and_a_vault_that_was_put_back_is_told()
    {
        await using var home = new SanctumHome();
        (await home.RunAsync("init")).Done();
        var copy = Path.Join(home.Directory, "copy");
        File.Copy(Path.Join(home.Vault, "vault.db"), copy);
        await home.StoreAsync("a/b", "a secret");
        var noted = (await home.RunAsync("audit", "verify")).Done().Output.Split('\n')[1]["checkpoint ".Length..];
        await home.StoreAsync("a/c", "another");
        var entry = (await home.RunAsync("audit", "log", "--last", "all", "--json")).Done().Json["entries"]!.AsArray()
            .Single(it => noted == $"{it!["sequence"]}:{it["mac"]}");
        Assert.NotNull(entry);
        Assert.Contains("matches the earlier checkpoint", (await home.RunAsync("audit", "verify", "--checkpoint", noted)).Done().Output, StringComparison.Ordinal);

        File.Delete(Path.Join(home.Vault, "vault.db"));
        File.Copy(copy, Path.Join(home.Vault, "vault.db"));
        (await home.RunAsync("audit", "verify")).Done();
        var refused = await home.RunAsync("audit", "verify", "--checkpoint", noted);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("rolled back to an earlier state", refused.Errors, StringComparison.Ordinal);
        Assert.Equal(2, (await home.RunAsync("audit", "verify", "--checkpoint", "nonsense")).ExitCode);
    }

    private static async Task<SanctumHome> ServedAsync(string secret)
    {
        var home = await SanctumHome.ServingAsync();
        await home.StoreAsync("a/b", secret);
        await home.RegisterAsync("reader");
        await home.GrantAsync("reader", "reader", "a/*", "retrieve");
        return home;
    }

    private static async Task<AdminWire> LoginAsync(SanctumHome home)
    {
        var admin = new AdminWire(home);
        await admin.LoginAsync();
        return admin;
    }

    private static List<string> FilesWith(SanctumHome home, byte[] bytes) =>
        [.. Directory.GetFiles(home.Vault, "vault.db*").Where(it => Bytes(it).AsSpan().IndexOf(bytes) >= 0)];

    private static byte[] Bytes(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }

    private static List<object[]> Rows(SanctumHome home, string what)
    {
        using var database = Open(home);
        using var command = database.CreateCommand();
        command.CommandText = "SELECT * FROM " + what;
        using var reader = command.ExecuteReader();
        var rows = new List<object[]>();
        while (reader.Read())
        {
            var row = new object[reader.FieldCount];
            reader.GetValues(row);
            rows.Add(row);
        }

        return rows;
    }

    private static void Run(SanctumHome home, string sql, params (string Name, object Value)[] parameters)
    {
        using var database = Open(home);
        using var command = database.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
        {
            command.Parameters.AddWithValue(name, value);
        }

        Assert.Equal(1, command.ExecuteNonQuery());
    }

    private static SqliteConnection Open(SanctumHome home)
    {
        var database = new SqliteConnection($"Data Source={Path.Join(home.Vault, "vault.db")};Pooling=False;Default Timeout=30");
        database.Open();
        return database;
    }
}
