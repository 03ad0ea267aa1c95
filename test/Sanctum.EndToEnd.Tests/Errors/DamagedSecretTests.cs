using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Errors;

/// <summary><c>CREDENTIAL_DAMAGED</c>: somebody wrote to the files of a vault that is being served.</summary>
public sealed class DamagedSecretTests(DamagedSecretTests.Tampered vault) : IClassFixture<DamagedSecretTests.Tampered>
{
    [Fact]
    public async Task A_secret_that_was_changed_under_the_daemon_is_named_and_all_others_are_served()
    {
        using var wire = await vault.SignInAsync("alice");
        await wire.DoAsync("retrieve", new JsonObject { ["path"] = "a/whole" });
        Tamper();
        foreach (var (method, call) in new[] { ("retrieve", Call("a/key")), ("credential.retrieve", Call("a/key")), ("use", Call("a/key", "sign")), ("credential.use", Call("a/key", "sign")) })
        {
            var error = ErrorObject.Is("CREDENTIAL_DAMAGED", WireClient.Error(await wire.CallAsync(method, call)), "path:string");
            Assert.Equal("a/key", (string?)error["context"]!["path"]);
        }

        // The operator is told which, by the log of the daemon, by the audit log and when they ask for it themselves.
        Assert.Contains("'a/key', version 1, is damaged", await File.ReadAllTextAsync(Path.Join(vault.Home.Vault, "daemon.log")), StringComparison.Ordinal);
        using var operators = new AdminWire(vault.Home) { Token = vault.Home.Token };
        Assert.Equal("CREDENTIAL_DAMAGED", await operators.RefusedAsync("credentials/get", new JsonObject { ["path"] = "a/key" }));
        var failed = (await operators.AuditAsync()).Where(entry => (string?)entry["reason"] == "CREDENTIAL_DAMAGED").ToList();
        Assert.Equal(["a/key"], failed.Select(entry => (string?)entry["resource"]).Distinct());
        Assert.Equal(["failed"], failed.Select(entry => (string?)entry["outcome"]).Distinct());

        // Everybody else is answered as before, and no lease was left behind.
        Assert.Single((await wire.DoAsync("lease_status"))["leases"]!.AsArray());
        await wire.DoAsync("use", Call("a/whole", "sign"));
        Assert.Equal(2, (await wire.DoAsync("list"))["credentials"]!.AsArray().Count);
    }

    private static JsonObject Call(string path, string? operation = null) => operation is null
        ? new JsonObject { ["path"] = path }
        : new JsonObject { ["path"] = path, ["operation"] = operation, ["params"] = new JsonObject { ["data"] = "x" } };

    // Every byte of every secret: the one that has been asked for is in memory, as ciphertext.
    private void Tamper()
    {
        using var database = new SqliteConnection($"Data Source={Path.Join(vault.Home.Vault, "vault.db")};Pooling=False;Default Timeout=30");
        database.Open();
        using var command = database.CreateCommand();
        command.CommandText = "UPDATE records SET data = randomblob(length(data)) WHERE collection = 2";
        Assert.Equal(2, command.ExecuteNonQuery());
    }

    public sealed class Tampered : ServedVault
    {
        protected override async Task FillAsync()
        {
            await Home.StoreAsync("a/key", "a secret of some length");
            await Home.StoreAsync("a/whole", "another of some length");
            await Home.RegisterAsync("alice");
            await Home.GrantAsync("all", "alice", "a/*", "retrieve,use");
        }
    }
}
