using Sanctum.Daemon.Admin;
using Sanctum.Daemon.Hosting.Moves;

namespace Sanctum.Storage.Postgres.Tests.Moves;

/// <summary>Connections that break while a vault moves: what was decided is finished, what was not is taken back, and one vault opens.</summary>
public sealed class LostReplyTests(PostgresServer server) : IClassFixture<PostgresServer>
{
    // Nobody knows then: the mark is there or not, and the copy was given up.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_mark_whose_reply_is_lost_is_taken_back_and_the_vault_goes_there_and_back_again(bool isMarked)
    {
        var database = server.NewVault();
        await using var vault = await MovingVault.MakeInAsync(database);
        await using var proxy = new CuttingProxy(server.Socket) { IsMeant = CommitAfter("fence_moved") };
        vault.GoThrough(proxy.Through(database));
        proxy.Next = isMarked ? CuttingProxy.Cut.BeforeTheClient : CuttingProxy.Cut.BeforeTheDatabase;

        var failed = await Assert.ThrowsAsync<StoreException>(vault.BackAsync);
        Assert.Contains("not moved: start the daemon", failed.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(vault.Journal));
        Assert.Equal(isMarked, await Record.ExceptionAsync(() => MovingVault.OpenInAsync(database)) is StoreException { Reason: StoreFailure.Moved });

        // Whoever opens the folder finds out.
        Assert.Equal(MovingVault.Secret, await vault.OpenAsync());
        Assert.False(File.Exists(vault.Journal));
        Assert.True(vault.IsInDatabase);
        Assert.Equal(MovingVault.Secret, await MovingVault.OpenInAsync(database));

        await vault.BackAsync();
        Assert.False(vault.IsInDatabase);
        Assert.Equal(MovingVault.Secret, await vault.OpenAsync());
        Assert.Equal(StoreFailure.Moved, (await Assert.ThrowsAsync<StoreException>(() => MovingVault.OpenInAsync(database))).Reason);
        await vault.OutAsync(server.NewVault());
        Assert.Equal(MovingVault.Secret, await vault.OpenAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_copy_whose_key_document_may_have_arrived_is_replaced_by_the_next_move(bool hasArrived)
    {
        var database = server.NewVault();
        await using var vault = await MovingVault.MakeAsync();
        await using var proxy = new CuttingProxy(server.Socket) { IsMeant = CommitAfter("INSERT INTO key_document") };
        proxy.Next = hasArrived ? CuttingProxy.Cut.BeforeTheClient : CuttingProxy.Cut.BeforeTheDatabase;
        await Assert.ThrowsAsync<StoreException>(() => vault.OutAsync(proxy.Through(database)));

        Assert.False(File.Exists(vault.Journal));
        Assert.Equal(MovingVault.Secret, await vault.OpenAsync());
        Assert.Equal(hasArrived ? StoreFailure.Moved : StoreFailure.Missing, (await Assert.ThrowsAsync<StoreException>(() => MovingVault.OpenInAsync(database))).Reason);

        await vault.OutAsync(database);
        Assert.True(vault.IsInDatabase);
        Assert.Equal(MovingVault.Secret, await MovingVault.OpenInAsync(database));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_move_that_is_decided_says_so_when_its_end_is_lost_and_is_finished_by_whoever_opens_the_folder(bool hasEnded)
    {
        var database = server.NewVault();
        await using var vault = await MovingVault.MakeAsync();
        await using var proxy = new CuttingProxy(server.Socket) { IsMeant = CommitAfter("IS 'sanctum vault, version", after: "INSERT INTO key_document") };
        proxy.Next = hasEnded ? CuttingProxy.Cut.BeforeTheClient : CuttingProxy.Cut.BeforeTheDatabase;

        var failed = await Assert.ThrowsAsync<StoreException>(() => vault.OutAsync(proxy.Through(database)));
        Assert.Contains("decided, and not finished: start the daemon", failed.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(vault.Journal));
        Assert.Equal(MovingVault.Secret, await vault.OpenAsync());
        Assert.False(File.Exists(vault.Journal));
        Assert.True(vault.IsInDatabase);
        Assert.Equal(MovingVault.Secret, await MovingVault.OpenInAsync(database));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_copy_that_is_gone_after_the_decision_is_named_and_what_was_left_opens_as_the_page_says(bool isRenamed)
    {
        var database = server.NewVault();
        await using var vault = await MovingVault.MakeAsync();

        // The first look at the copy after the key document went to it, or the last step.
        var isDecided = false;
        await using var proxy = new CuttingProxy(server.Socket)
        {
            IsMeant = isRenamed ? CommitAfter("IS 'sanctum vault, version", after: "INSERT INTO key_document") : text =>
            {
                isDecided |= text.Contains("arriving", StringComparison.Ordinal);
                return isDecided && text.Contains("SET LOCAL lock_timeout", StringComparison.Ordinal);
            },
        };
        proxy.Next = CuttingProxy.Cut.BeforeTheDatabase;
        await Assert.ThrowsAsync<StoreException>(() => vault.OutAsync(proxy.Through(database)));
        Assert.True(File.Exists(vault.Journal));
        Assert.Equal(isRenamed, vault.IsInDatabase);
        await PostgresServer.SqlAsync(database, $"DROP SCHEMA {database.Split("Search Path=")[1]} CASCADE");

        foreach (var attempt in new Func<Task>[] { vault.OpenAsync, () => VaultMoves.ResumeAsync(vault.Place) })
        {
            var gone = await Assert.ThrowsAsync<OperatorException>(attempt);
            Assert.Contains("not in the database any more", gone.Message, StringComparison.Ordinal);
            Assert.Contains("sanctum docs scale-out", gone.Suggestion, StringComparison.Ordinal);
        }

        // docs/scale-out.md, "If the new place is lost".
        File.Delete(vault.Journal);
        File.WriteAllText(vault.Config, "{}");
        foreach (var name in new[] { "vault.db", "vault.sealed" })
        {
            if (Directory.GetFiles(vault.Place, name + ".moved-*") is [var left])
            {
                File.Move(left, Path.Join(vault.Place, name));
            }
        }

        Assert.Equal(MovingVault.Secret, await vault.OpenAsync());
    }

    // The COMMIT of the transaction in which something was said.
    private static Func<string, bool> CommitAfter(string said, string? after = null)
    {
        var (isReady, isNext) = (after is null, false);
        return text =>
        {
            isReady |= after is not null && text.Contains(after, StringComparison.Ordinal);
            isNext |= isReady && text.Contains(said, StringComparison.Ordinal) && !text.Contains("CREATE SCHEMA", StringComparison.Ordinal);
            return isNext && text.Contains("COMMIT", StringComparison.Ordinal);
        };
    }
}
