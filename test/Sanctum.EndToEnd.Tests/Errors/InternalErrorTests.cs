using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Errors;

/// <summary><c>INTERNAL_ERROR</c>, of the one kind that can be had honestly: somebody wrote to the files of a vault that is being served.</summary>
public sealed class InternalErrorTests(InternalErrorTests.Tampered vault) : IClassFixture<InternalErrorTests.Tampered>
{
    [Fact]
    public async Task A_table_that_went_away_under_the_daemon_gives_nothing_away_and_the_log_says_what_it_was()
    {
        using var wire = await vault.SignInAsync("alice");
        Tamper();
        var error = ErrorObject.Is(
            "INTERNAL_ERROR", await wire.RefusedAsync("retrieve", new JsonObject { ["path"] = "a/key" }), "request_id:string");

        var id = (string)error["context"]!["request_id"]!;
        var log = await File.ReadAllLinesAsync(Path.Join(vault.Home.Vault, "daemon.log"));
        Assert.Contains(log, it => it.Contains(id, StringComparison.Ordinal));

        Restore();
        Assert.Empty((await wire.DoAsync("lease_status"))["leases"]!.AsArray());
    }

    // No secret has been asked for yet, so none is in memory.
    private void Tamper() => Execute("ALTER TABLE records RENAME TO gone");

    private void Restore() => Execute("ALTER TABLE gone RENAME TO records");

    private void Execute(string sql)
    {
        using var database = new SqliteConnection($"Data Source={Path.Join(vault.Home.Vault, "vault.db")};Pooling=False;Default Timeout=30");
        database.Open();
        using var command = database.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    public sealed class Tampered : ServedVault
    {
        protected override async Task FillAsync()
        {
            await Home.StoreAsync("a/key", "a secret of some length");
            await Home.RegisterAsync("alice");
            await Home.GrantAsync("all", "alice", "a/*", "retrieve");
        }
    }
}
