using Sanctum.Storage.Contract;

namespace Sanctum.Storage.Postgres.Tests;

/// <summary>Several stores over one vault's tables: who may write when, and what each finds of the others.</summary>
public sealed class SeveralWritersTests(PostgresServer server) : IClassFixture<PostgresServer>
{
    private static readonly RecordKey Head = new(0, 0), One = new(3, 1), Two = new(3, 2);

    [Fact]
    public async Task A_commit_on_another_head_than_the_last_writes_nothing()
    {
        await using var pair = await PairAsync();
        await pair.First.CommitAsync(Batch(1, expected: 0));

        var late = await Assert.ThrowsAsync<StoreException>(() => pair.Second.CommitAsync(Batch(1, expected: 0)));

        Assert.Equal(StoreFailure.Conflict, late.Reason);
        await pair.Second.CommitAsync(Batch(2, expected: 1));
        Assert.Equal([1, 2], (await Contents.LogOf(pair.First)).Select(segment => segment.FirstSequence));
    }

    [Fact]
    public async Task Who_has_the_head_reads_what_it_missed_and_keeps_others_out_until_it_has_written()
    {
        await using var pair = await PairAsync();
        await pair.First.CommitAsync(Batch(1, expected: 0));
        await pair.First.CommitAsync(new StoreBatch { Expected = 1, Deletes = { One } });

        var missed = await pair.Second.LockAsync(new StorePosition(0, 0));
        var waiting = pair.First.CommitAsync(Batch(2, expected: 2));
        await Task.Delay(200);
        Assert.False(waiting.IsCompleted);
        await pair.Second.CommitAsync(Batch(2, expected: 2));

        Assert.Equal(StoreFailure.Conflict, (await Assert.ThrowsAsync<StoreException>(() => waiting)).Reason);
        Assert.Equal(2, missed.Commit);
        Assert.Equal([One], missed.Removed);
        Assert.Equal([Two], missed.Records.Select(record => record.Key));
        Assert.Equal([1], missed.Segments.Select(segment => segment.FirstSequence));
        Assert.Equal(1, missed.Head!.Value.Revision);
        Assert.False(missed.AreAll);
        var after = await pair.First.ReadChangesAsync(new StorePosition(2, 1));
        Assert.Equal((3, 2), (after.Commit, after.Records.Count));
        Assert.Equal([2], after.Segments.Select(segment => segment.FirstSequence));
        Assert.Empty((await pair.First.ReadChangesAsync(new StorePosition(3, 2))).Records);
    }

    [Fact]
    public async Task Who_lets_go_of_the_head_has_written_nothing_and_the_next_one_writes()
    {
        await using var pair = await PairAsync();
        _ = await pair.First.LockAsync(default);
        var waiting = pair.Second.CommitAsync(Batch(1, expected: 0));
        await pair.First.ReleaseAsync();
        await waiting;
        Assert.Single(await Contents.LogOf(pair.First));
    }

    [Fact]
    public async Task Who_hangs_while_it_has_the_head_loses_it()
    {
        await using var pair = await PairAsync();
        _ = await pair.First.LockAsync(default);

        await pair.Second.CommitAsync(Batch(1, expected: 0)).WaitAsync(TimeSpan.FromSeconds(20));

        // Its transaction is over, and with it what it had looked at.
        await Assert.ThrowsAsync<StoreException>(() => pair.First.CommitAsync(Batch(1, expected: 0)));
        Assert.Single(await Contents.LogOf(pair.First));
        _ = await pair.First.LockAsync(default);
        await pair.First.CommitAsync(Batch(2, expected: 1));
    }

    [Fact]
    public async Task What_was_removed_too_long_ago_is_told_by_what_is_left()
    {
        await using var pair = await PairAsync();
        await pair.First.CommitAsync(Batch(1, expected: 0));
        await pair.First.CommitAsync(new StoreBatch { Expected = 1, Deletes = { One } });
        await PostgresServer.SqlAsync(pair.Settings, "UPDATE gone SET at = at - interval '2 hours'");
        for (var i = 0; i < 1024; i++)
        {
            await pair.First.CommitAsync(new StoreBatch { Deletes = { One } });
        }

        Assert.Equal(0L, await PostgresServer.SqlAsync(pair.Settings, "SELECT count(*) FROM gone"));
        var missed = await pair.Second.ReadChangesAsync(new StorePosition(1, 1));
        Assert.Equal((true, 0), (missed.AreAll, missed.Removed.Count));
        Assert.Equal([Two], missed.Records.Select(record => record.Key));
        Assert.False((await pair.Second.ReadChangesAsync(new StorePosition(2, 1))).AreAll);
    }

    [Fact]
    public async Task News_wakes_those_who_wait_for_it_and_what_is_none_does_not()
    {
        await using var pair = await PairAsync();
        await pair.Second.WaitForNewsAsync(TimeSpan.FromMilliseconds(1));
        var waiting = pair.Second.WaitForNewsAsync(TimeSpan.FromSeconds(60));
        await pair.First.CommitAsync(Batch(1, expected: 0));
        await Task.Delay(200);
        Assert.False(waiting.IsCompleted);
        await pair.First.CommitAsync(new StoreBatch { Expected = 1, Deletes = { One }, IsNews = true });
        await waiting.WaitAsync(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task What_a_store_wrote_itself_is_no_news_to_it()
    {
        await using var pair = await PairAsync();
        await pair.Second.WaitForNewsAsync(TimeSpan.FromMilliseconds(1));
        await pair.Second.CommitAsync(Batch(1, expected: 0));
        var waiting = pair.Second.WaitForNewsAsync(TimeSpan.FromSeconds(30));
        await Task.Delay(200);
        await pair.Second.CommitAsync(new StoreBatch { Expected = 1, Deletes = { One }, IsNews = true });
        await Task.Delay(300);
        Assert.False(waiting.IsCompleted);
        await pair.First.CommitAsync(new StoreBatch { Expected = 2, Deletes = { One }, IsNews = true });
        await waiting.WaitAsync(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task Many_reads_at_once_do_not_take_the_databases_connections()
    {
        var settings = server.NewVault() + ";Application Name=many";
        await using var store = await PostgresVaultStore.CreateAsync(settings);
        await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => Task.Run(async () => await store.ReadAsync(One))));
        Assert.InRange((long)(await PostgresServer.SqlAsync(server.NewVault(), "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'many'"))!, 2, 12);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_commit_whose_reply_is_lost_is_found_also_below_what_others_wrote_since(bool isWritten)
    {
        var settings = server.NewVault();
        await using var proxy = new CuttingProxy(server.Socket);
        await using var store = await PostgresVaultStore.CreateAsync(proxy.Through(settings));
        await store.WriteKeyDocumentAsync("key"u8.ToArray());
        await using var other = await PostgresVaultStore.OpenAsync(settings);
        await store.CommitAsync(Batch(1, expected: 0)); // From now on a commit is one message.

        // The other one writes as soon as it can: before this one has found out.
        proxy.Next = isWritten ? CuttingProxy.Cut.BeforeTheClient : CuttingProxy.Cut.BeforeTheDatabase;
        var writing = store.CommitAsync(Batch(2, expected: 1));
        await (isWritten ? OthersAsync(other, 3, 2) : OthersAsync(other, 2, 1, 2)); // What was lost may be followed by an empty commit before.

        if (isWritten)
        {
            await writing;
        }
        else
        {
            Assert.Contains("nothing was written", (await Assert.ThrowsAsync<StoreException>(() => writing)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Four_who_write_at_once_lose_nothing_and_overwrite_nothing()
    {
        var settings = server.NewVault();
        await using (var first = await PostgresVaultStore.CreateAsync(settings))
        {
            await first.WriteKeyDocumentAsync("key"u8.ToArray());
        }

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            await using var store = await PostgresVaultStore.OpenAsync(settings);
            var (position, written) = (new StorePosition(0, 0), 0);
            while (written < 100)
            {
                var changes = await store.LockAsync(position);
                position = new StorePosition(changes.Commit, position.Entries + changes.Segments.Count);
                await store.CommitAsync(Batch(position.Entries + 1, position.Commit));
                position = new StorePosition(position.Commit + 1, position.Entries + 1);
                written++;
            }
        })));

        await using var reader = await PostgresVaultStore.OpenAsync(settings);
        Assert.Equal(Enumerable.Range(1, 400).Select(number => (long)number), (await Contents.LogOf(reader)).Select(segment => segment.FirstSequence));
    }

    private static async Task OthersAsync(PostgresVaultStore other, long number, params long[] heads)
    {
        for (var i = 0; i < 200; i++)
        {
            try
            {
                await other.CommitAsync(Batch(number, heads[i % heads.Length]));
                return;
            }
            catch (StoreException early) when (early.Reason == StoreFailure.Conflict)
            {
                await Task.Delay(5);
            }
        }

        Assert.Fail("the first one never wrote");
    }

    private static StoreBatch Batch(long number, long expected) => new()
    {
        Puts =
        {
            new StoredRecord(Head, number, new byte[] { 0 }), new StoredRecord(One, number, new byte[] { (byte)number }), new StoredRecord(Two, number, new byte[] { (byte)number }),
        },
        Segment = new StoredSegment(number, 1, Guid.NewGuid().ToByteArray()),
        Expected = expected,
    };

    private async Task<Pair> PairAsync()
    {
        var settings = server.NewVault();
        var first = await PostgresVaultStore.CreateAsync(settings);
        await first.WriteKeyDocumentAsync("key"u8.ToArray());
        return new Pair(settings, first, await PostgresVaultStore.OpenAsync(settings));
    }

    private sealed record Pair(string Settings, PostgresVaultStore First, PostgresVaultStore Second) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await First.DisposeAsync();
            await Second.DisposeAsync();
        }
    }
}
