using System.Diagnostics;
using Sanctum.Policies;

namespace Sanctum.Storage.Postgres.Tests;

/// <summary>What must hold where a daemon does not reach the database, or the database is not what it was.</summary>
public sealed class SeveralVaultsFaultTests(PostgresServer server) : IClassFixture<PostgresServer>
{
    [Fact]
    public async Task Who_does_not_hear_from_the_database_decides_nothing_and_goes_on_when_it_does()
    {
        await using var proxy = new CuttingProxy(server.Socket);
        await using var vaults = await SeveralVaults.StartAsync(server, 2, through: (number, settings) => number == 1 ? proxy.Through(settings) : settings);
        var session = await vaults.SignInAsync(1);
        await vaults.SignAsync(1, session);

        proxy.IsHeld = true;
        var since = Stopwatch.StartNew();
        await vaults[0].Policies.RemoveAsync(vaults.By(0), "work");
        Assert.Equal(VaultErrorCode.StorageFailed, await RefusedWithoutWaitingAsync(vaults, session));
        Assert.InRange(since.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(15));
        await vaults.SignInAsync(0);

        proxy.IsHeld = false;
        await SeveralVaults.UntilAsync(async () => await SeveralVaults.TryAsync(() => vaults.SignAsync(1, session)) == VaultErrorCode.AccessDenied);
    }

    [Fact]
    public async Task After_a_commit_that_was_lost_all_go_on()
    {
        await using var proxy = new CuttingProxy(server.Socket) { Smallest = 500 };
        await using var vaults = await SeveralVaults.StartAsync(server, 3, through: (number, settings) => number == 1 ? proxy.Through(settings) : settings);
        var sessions = new[] { await vaults.SignInAsync(0), await vaults.SignInAsync(1), await vaults.SignInAsync(2) };
        await vaults.SignAsync(1, sessions[1]);

        proxy.Next = CuttingProxy.Cut.BeforeTheDatabase;
        await SeveralVaults.UntilAsync(async () => await SeveralVaults.TryAsync(() => vaults.SignAsync(1, sessions[1])) == VaultErrorCode.StorageFailed);
        foreach (var number in (int[])[2, 1, 0, 1])
        {
            await vaults.SignAsync(number, sessions[number]);
        }

        await vaults[1].Audit.VerifyAsync(vaults.By(1));
    }

    [Theory]
    [InlineData("the log ends earlier", "behind what this daemon knows")]
    [InlineData("an older record is back", "records were removed, added or replaced by older ones")]
    [InlineData("a record is gone", "records were removed, added or replaced by older ones")]
    [InlineData("an entry is gone", "were written")]
    [InlineData("an entry is another's", "can't be decrypted at its position")]
    [InlineData("all of it is turned back", "behind what this daemon knows")]
    [InlineData("turned back and written to anew", "the vault's ")]
    [InlineData("a record comes with a commit of nothing", "behind what this daemon knows")]
    public async Task What_the_database_did_not_keep_is_named_and_nothing_is_served(string what, string named)
    {
        await using var vaults = await SeveralVaults.StartAsync(server, 2);
        var (here, there) = (await vaults.SignInAsync(0), await vaults.SignInAsync(1));
        await PostgresServer.SqlAsync(vaults.Settings, "CREATE TABLE old_records AS TABLE records; CREATE TABLE old_fence AS TABLE fence; CREATE TABLE old_log AS TABLE log");

        // So that nothing is caught up with before it was changed: what is changed comes with the commit that it is hidden in.
        await PostgresServer.SqlAsync(vaults.Settings, Trigger(what));
        try
        {
            await vaults[0].Policies.AddAsync(vaults.By(0), new Policy { Name = "more", Principal = "agent:*", Resources = ["more/*"], Actions = PolicyActions.List });
            await vaults.SignAsync(0, here);
            await vaults.SignAsync(1, there); // So that this one knows all of it.
        }
        catch (VaultException failed) when (failed.Code == VaultErrorCode.Damaged)
        {
            // It is found by the one who wrote, too.
        }

        await PostgresServer.SqlAsync(vaults.Settings, After(what));
        if (what == "turned back and written to anew")
        {
            var another = await vaults.AddAsync();
            var session = await vaults.SignInAsync(another);
            for (var i = 0; i < 5; i++)
            {
                await vaults.SignAsync(another, session);
            }
        }

        VaultException? found = null;
        await SeveralVaults.UntilAsync(async () =>
        {
            try
            {
                await vaults.SignAsync(1, there);
                return false;
            }
            catch (VaultException refused) when (refused.Code != VaultErrorCode.Damaged)
            {
                return false;
            }
            catch (VaultException refused)
            {
                found = refused;
                return true;
            }
        });
        Assert.Contains(named, found!.Message, StringComparison.Ordinal);
        Assert.Equal(VaultErrorCode.Damaged, await SeveralVaults.TryAsync(() => vaults.SignAsync(1, there)));
    }

    // A restore into the wrong schema, or somebody who gives a database another's name.
    [Fact]
    public async Task Another_vault_that_is_put_in_its_place_is_named_and_left_alone()
    {
        await using var vaults = await SeveralVaults.StartAsync(server, 2);
        await using var others = await SeveralVaults.StartAsync(server, 1);
        var session = await vaults.SignInAsync(0);
        await vaults.SignAsync(0, session);
        await vaults[1].SealAsync("nobody was there");
        await PostgresServer.SqlAsync(vaults.Settings, $"ALTER SCHEMA {SchemaOf(vaults.Settings)} RENAME TO away_1; ALTER SCHEMA {SchemaOf(others.Settings)} RENAME TO {SchemaOf(vaults.Settings)}");
        var before = await ContentsAsync(vaults.Settings);

        await SeveralVaults.UntilAsync(async () => await SeveralVaults.TryAsync(() => vaults.SignAsync(0, session)) == VaultErrorCode.Damaged);
        Assert.Equal(VaultErrorCode.Damaged, await SeveralVaults.TryAsync(() => vaults[0].Policies.RemoveAsync(vaults.By(0), "work")));
        var refused = await Assert.ThrowsAsync<VaultException>(() => vaults[1].UnsealAsync(SeveralVaults.Passphrase));
        Assert.Contains("another vault than the one that this daemon was started with", refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, await ContentsAsync(vaults.Settings));
    }

    private static string SchemaOf(string settings) => settings.Split("Search Path=")[1];

    private static Task<object?> ContentsAsync(string settings) => PostgresServer.SqlAsync(
        settings,
        "SELECT concat((SELECT md5(string_agg(r::text, ',' ORDER BY collection, id)) FROM records r), (SELECT md5(string_agg(l::text, ',' ORDER BY first_sequence)) FROM log l), (SELECT commits FROM fence))");

    private static string Trigger(string what) => what switch
    {
        "an older record is back" => Hidden("AFTER INSERT ON log", "UPDATE records r SET data = o.data, revision = o.revision FROM old_records o WHERE r.collection = 4 AND r.collection = o.collection AND r.id = o.id; "
            + "DELETE FROM records WHERE collection = 4 AND id NOT IN (SELECT id FROM old_records WHERE collection = 4)"),
        "a record is gone" => Hidden("AFTER INSERT ON log", "DELETE FROM records WHERE collection = 4 AND commit = (SELECT commits FROM fence)"),
        "an entry is gone" => Hidden("AFTER INSERT ON log", "DELETE FROM log WHERE first_sequence = NEW.first_sequence AND EXISTS (SELECT FROM records WHERE commit = (SELECT commits FROM fence))"),
        "an entry is another's" => Hidden("BEFORE INSERT ON log", "NEW.data := (SELECT data FROM log ORDER BY first_sequence DESC LIMIT 1)"),
        _ => "SELECT 1",
    };

    private static string After(string what) => what switch
    {
        "the log ends earlier" => "DELETE FROM log WHERE first_sequence = (SELECT max(first_sequence) FROM log); UPDATE fence SET commits = commits - 1; "
            + "UPDATE records SET data = o.data, revision = o.revision FROM old_records o WHERE records.collection = 0 AND o.collection = 0",
        "a record comes with a commit of nothing" => "UPDATE fence SET commits = commits + 1; UPDATE records SET commit = (SELECT commits FROM fence) WHERE collection = 4",
        "all of it is turned back" or "turned back and written to anew" => "TRUNCATE records, log, fence; INSERT INTO records SELECT * FROM old_records; INSERT INTO log SELECT * FROM old_log; INSERT INTO fence SELECT * FROM old_fence",
        _ => "SELECT 1",
    };

    private static string Hidden(string when, string does) =>
        $"CREATE FUNCTION hidden() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {does}; RETURN NEW; END $$; CREATE TRIGGER hidden {when} FOR EACH ROW EXECUTE FUNCTION hidden()";

    // What waits for the database is no measure: a call that is made while it is known to be silent is refused at once.
    private static async Task<VaultErrorCode?> RefusedWithoutWaitingAsync(SeveralVaults vaults, Sessions.Session session)
    {
        await Task.Delay(1500);
        var call = SeveralVaults.TryAsync(() => vaults.SignAsync(1, session));
        return await call.WaitAsync(TimeSpan.FromSeconds(5));
    }
}
