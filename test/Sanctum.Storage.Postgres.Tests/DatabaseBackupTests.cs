using Sanctum.Audit;

namespace Sanctum.Storage.Postgres.Tests;

/// <summary>PostgreSQL's own backup: what comes back, and who notices what does not.</summary>
public sealed class DatabaseBackupTests(PostgresServer server) : IClassFixture<PostgresServer>
{
    [Fact]
    public async Task A_dump_brings_the_vault_back_as_it_was_and_only_a_noted_checkpoint_tells_what_is_missing()
    {
        await using var vaults = await SeveralVaults.StartAsync(server, 1);
        var session = await vaults.SignInAsync(0);
        await vaults.SignAsync(0, session);
        var before = await CheckpointAsync(vaults, 0);
        var schema = vaults.Settings.Split("Search Path=")[1];
        await server.RunAsync("pg_dump", ["-h", server.Folder, "-U", "owner", "-Fc", "-n", schema, "-f", server.DumpFile, "postgres"]);

        await vaults[0].Policies.RemoveAsync(vaults.By(0), "work");
        var after = await CheckpointAsync(vaults, 0);
        await PostgresServer.SqlAsync(vaults.Settings, $"DROP SCHEMA {schema} CASCADE");
        await server.RunAsync("pg_restore", ["-h", server.Folder, "-U", "owner", "-d", "postgres", server.DumpFile]);

        // Who was there knows more; who comes anew does not.
        await SeveralVaults.UntilAsync(async () => await SeveralVaults.TryAsync(() => vaults.SignAsync(0, session)) == VaultErrorCode.Damaged, TimeSpan.FromSeconds(60));
        var fresh = await vaults.AddAsync();
        Assert.Equal(VaultErrorCode.Damaged, await SeveralVaults.TryAsync(() => vaults[fresh].Audit.VerifyAsync(vaults.By(fresh), after)));
        await vaults[fresh].Audit.VerifyAsync(vaults.By(fresh), before);
        Assert.Single(await vaults[fresh].Policies.ListAsync(vaults.By(fresh)));
        await vaults.SignAsync(fresh, await vaults.SignInAsync(fresh));
    }

    private static async Task<AuditCheckpoint> CheckpointAsync(SeveralVaults vaults, int number)
    {
        var verified = await vaults[number].Audit.VerifyAsync(vaults.By(number));
        return new AuditCheckpoint(verified.Entries, verified.Checkpoint);
    }
}
