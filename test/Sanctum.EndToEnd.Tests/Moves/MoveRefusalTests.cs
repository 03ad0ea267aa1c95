using Sanctum.EndToEnd.Tests.Harness;
using Sanctum.Storage.Postgres.Tests;

namespace Sanctum.EndToEnd.Tests.Moves;

/// <summary>What is not moved, and is as it was.</summary>
public sealed class MoveRefusalTests(PostgresServer server) : IClassFixture<PostgresServer>
{
    [Fact]
    public async Task What_can_not_be_moved_is_refused_by_name_and_stays_as_it_was()
    {
        await using var home = await MovingHome.MadeAsync(server.NewVault());
        var here = home.Here;
        var wrong = Path.Join(here.Directory, "wrong");
        File.WriteAllText(wrong, "not the passphrase");

        await RefusedAsync(home, 1, "wrong passphrase", ["vault", "move", "--to", home.Database, "--passphrase-file", wrong]);
        await RefusedAsync(home, 2, "in the folder", Move("folder"));
        await RefusedAsync(home, 2, "no connection string", Move("postgres://db/vault"));
        await RefusedAsync(home, 1, "SSL Mode=VerifyFull", Move("Host=db.example;Database=vault"));
        await RefusedAsync(home, 1, "can't be reached", Move("Host=/nowhere;Database=vault;Username=owner"));
        await RefusedAsync(home, 1, "no database of this name", Move(home.Database.Replace("Database=postgres", "Database=other", StringComparison.Ordinal)));
        await RefusedAsync(home, 2, "does not exist", [.. Move(home.Database), "--password-file", "/nowhere"]);

        var newer = await SchemaAsync("COMMENT ON SCHEMA {0} IS 'sanctum vault, version 99'");
        await RefusedAsync(home, 1, "version 99", Move(newer));
        var foreign = await SchemaAsync("CREATE TABLE {0}.theirs (a int)");
        await RefusedAsync(home, 1, "no vault's", Move(foreign));

        await using var other = new SanctumHome();
        Directory.CreateDirectory(other.Vault, HostTools.Folder700);
        var taken = server.NewVault();
        other.Configure(MovingHome.StoreOf(taken));
        (await other.RunAsync("init")).Done();
        await other.StoreAsync("theirs", "kept");
        await RefusedAsync(home, 1, "already has a vault", Move(taken));
        Assert.Equal("kept", (await other.RunAsync("get", "theirs")).Done().Output);
        Assert.True(await MovingHome.OpensAsync(here));

        // A part of the log: backups of a damaged vault can be made on purpose, moves never.
        await using (var database = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Path.Join(here.Vault, "vault.db")};Pooling=False"))
        {
            await database.OpenAsync(TestContext.Current.CancellationToken);
            await using var damage = database.CreateCommand();
            damage.CommandText = "UPDATE log SET data = zeroblob(length(data)) WHERE first_sequence = (SELECT min(first_sequence) FROM log)";
            Assert.Equal(1, await damage.ExecuteNonQueryAsync(TestContext.Current.CancellationToken));
        }

        await RefusedAsync(home, 1, "damaged", Move(home.Database), opens: false);
    }

    [Fact]
    public async Task A_database_whose_daemons_run_elsewhere_is_not_left_and_they_are_named()
    {
        await using var home = await MovingHome.MadeAsync(server.NewVault());
        (await home.OutAsync()).Done();
        home.There.Configure(home.StoreJson()[..^1] + ", \"node_name\": \"second\"}");
        await home.There.StartDaemonAsync();
        var refused = await home.BackAsync();
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("other daemons serve this vault: second", refused.Errors, StringComparison.Ordinal);
        Assert.True(await MovingHome.OpensAsync(home.There));

        // Its row goes with it. One that is killed counts as there until its row is 15 seconds old.
        await home.There.StopDaemonAsync();
        await PostgresServer.SqlAsync(home.Database, "INSERT INTO nodes (name, version, state, started) VALUES ('third', '1', 'unsealed', now())");
        Assert.Contains("third", (await home.BackAsync()).Errors, StringComparison.Ordinal);
        await PostgresServer.SqlAsync(home.Database, "UPDATE nodes SET seen = now() - interval '16 seconds'");
        (await home.BackAsync()).Done();
        Assert.True(await MovingHome.OpensAsync(home.Here));
    }

    [Fact]
    public async Task Who_has_the_database_open_commits_nothing_more_once_the_vault_has_left()
    {
        await using var home = await MovingHome.MadeAsync(server.NewVault());
        (await home.OutAsync()).Done();
        await home.There.StartDaemonAsync();

        // It is there, and nobody sees it.
        await PostgresServer.SqlAsync(home.Database, "CREATE FUNCTION hide() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; CREATE TRIGGER hidden BEFORE INSERT OR UPDATE ON nodes FOR EACH ROW EXECUTE FUNCTION hide(); DELETE FROM nodes");
        (await home.BackAsync()).Done();
        var late = await home.There.RunWithInputAsync("too late", "store", "late/write");
        Assert.NotEqual(0, late.ExitCode);
        Assert.Contains("moved", late.Errors, StringComparison.Ordinal);
        Assert.NotEqual(0, (await home.There.RunAsync("get", "a/b")).ExitCode);
        Assert.True(await MovingHome.OpensAsync(home.Here));
        Assert.NotEqual(0, (await home.Here.RunAsync("get", "late/write")).ExitCode);
    }

    [Fact]
    public async Task A_folder_that_has_a_vault_is_not_moved_into()
    {
        await using var home = await MovingHome.MadeAsync(server.NewVault());
        (await home.OutAsync()).Done();
        var config = await File.ReadAllTextAsync(home.Config, TestContext.Current.CancellationToken);
        File.Delete(home.Config);
        (await home.Here.RunAsync("init")).Done();
        home.Here.Configure(config);
        var before = HostTools.Fingerprint(home.Here.Vault);
        var refused = await home.BackAsync();
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("already has a vault", refused.Errors, StringComparison.Ordinal);
        Assert.Equal(before, HostTools.Fingerprint(home.Here.Vault));
        Assert.True(await MovingHome.OpensAsync(home.There));
    }

    private static string[] Move(string to) => ["vault", "move", "--to", to];

    private async Task<string> SchemaAsync(string sql)
    {
        var vault = server.NewVault();
        var schema = vault.Split("Search Path=")[1];
        await PostgresServer.SqlAsync(vault, $"CREATE SCHEMA {schema}; " + string.Format(System.Globalization.CultureInfo.InvariantCulture, sql, schema));
        return vault;
    }

    private static async Task RefusedAsync(MovingHome home, int exitCode, string says, string[] command, bool opens = true)
    {
        var refused = command.Contains("--passphrase-file") ? await home.Here.RunBareAsync("", command) : await home.Here.RunAsync(command);
        Assert.True(refused.ExitCode == exitCode && refused.Errors.Contains(says, StringComparison.Ordinal), $"{says}: {refused.ExitCode} {refused.Errors}");
        Assert.False(home.IsPending || home.IsInDatabase);
        Assert.True(!opens || File.Exists(Path.Join(home.Here.Vault, "vault.sealed")));
        Assert.NotEqual(0, (await home.There.RunAsync("audit", "verify")).ExitCode);
    }
}
