namespace Sanctum.Storage.Contract;

/// <summary>What a vault relies on, whichever store it is given. Every store's tests derive from this.</summary>
public abstract class StoreContract : IAsyncLifetime
{
    protected IVaultStore Store { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Store = await CreateAsync();

    public virtual async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected abstract Task<IVaultStore> CreateAsync();

    /// <summary>Closes a store and opens what it kept.</summary>
    protected abstract Task<IVaultStore> ReopenAsync(IVaultStore store);

    [Fact]
    public async Task A_new_store_holds_nothing()
    {
        Assert.Null(await Store.ReadAsync(Key(1)));
        Assert.Empty(await Contents.RecordsOf(Store));
        Assert.Empty(await Contents.LogOf(Store));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(70_000)]
    [InlineData(300_000)]
    public async Task A_record_comes_back_byte_for_byte(int length)
    {
        var record = Record(Key(1), 7, length);
        await Store.CommitAsync(new StoreBatch { Puts = { record } });
        Contents.Same(record, await Store.ReadAsync(record.Key));
        Contents.Same(record, Assert.Single(await Contents.RecordsOf(Store)));
    }

    [Fact]
    public async Task A_key_document_comes_with_a_batch_where_several_write_and_only_there()
    {
        await Store.WriteKeyDocumentAsync("first"u8.ToArray());
        var batch = new StoreBatch { Segment = new StoredSegment(1, 1, new byte[1]), KeyDocument = "second"u8.ToArray() };
        if (Store is not ISharedVaultStore)
        {
            await Assert.ThrowsAsync<ArgumentException>(async () => await Store.CommitAsync(batch));
            Assert.Empty(await Contents.LogOf(Store));
            return;
        }

        await Store.CommitAsync(batch);
        Assert.Equal("second"u8.ToArray(), await Store.ReadKeyDocumentAsync());

        // All of it or nothing.
        await Assert.ThrowsAsync<StoreException>(() => Store.CommitAsync(new StoreBatch { Segment = new StoredSegment(1, 1, new byte[1]), KeyDocument = "third"u8.ToArray() }));
        Assert.Equal("second"u8.ToArray(), await Store.ReadKeyDocumentAsync());
    }

    [Fact]
    public async Task Keys_differ_in_every_bit()
    {
        RecordKey[] keys = [new(0, 0), new(255, 0), new(0, 1), new(0, UInt128.One << 64), new(0, UInt128.One << 127), new(255, UInt128.MaxValue)];
        var batch = new StoreBatch();
        for (var i = 0; i < keys.Length; i++)
        {
            batch.Puts.Add(new StoredRecord(keys[i], i, new byte[] { (byte)i }));
        }

        await Store.CommitAsync(batch);
        for (var i = 0; i < keys.Length; i++)
        {
            Contents.Same(batch.Puts[i], await Store.ReadAsync(keys[i]));
        }
    }

    [Fact]
    public async Task The_last_put_of_a_key_wins_within_a_batch_and_between_batches()
    {
        await Store.CommitAsync(new StoreBatch { Puts = { Record(Key(1), 1), Record(Key(1), 2, 9) } });
        Contents.Same(Record(Key(1), 2, 9), await Store.ReadAsync(Key(1)));
        await Store.CommitAsync(new StoreBatch { Puts = { Record(Key(1), 3, 5) } });
        Contents.Same(Record(Key(1), 3, 5), await Store.ReadAsync(Key(1)));
        Assert.Single(await Contents.RecordsOf(Store));
    }

    [Fact]
    public async Task A_deleted_record_is_gone_and_deleting_it_again_is_no_error()
    {
        await Store.CommitAsync(new StoreBatch { Puts = { Record(Key(1), 1), Record(Key(2), 1) } });
        for (var i = 0; i < 2; i++)
        {
            await Store.CommitAsync(new StoreBatch { Deletes = { Key(1) } });
            Assert.Null(await Store.ReadAsync(Key(1)));
        }

        Assert.NotNull(await Store.ReadAsync(Key(2)));
    }

    [Fact]
    public async Task Deletes_come_before_puts()
    {
        await Store.CommitAsync(new StoreBatch { Puts = { Record(Key(1), 1) } });
        await Store.CommitAsync(new StoreBatch { Puts = { Record(Key(1), 2) }, Deletes = { Key(1) } });
        Contents.Same(Record(Key(1), 2), await Store.ReadAsync(Key(1)));
    }

    [Fact]
    public async Task A_batch_that_fails_leaves_nothing_behind_and_the_next_one_succeeds()
    {
        await Store.CommitAsync(new StoreBatch { Puts = { Record(Key(1), 1) }, Segment = Segment(1) });
        var failing = new StoreBatch { Puts = { Record(Key(1), 2), Record(Key(2), 1) }, Deletes = { Key(1) }, Segment = Segment(1, 8) };
        var error = await Assert.ThrowsAsync<StoreException>(() => Store.CommitAsync(failing));
        Assert.Equal(StoreFailure.Exists, error.Reason);

        Contents.Same(Record(Key(1), 1), Assert.Single(await Contents.RecordsOf(Store)));
        Contents.Same(Segment(1), Assert.Single(await Contents.LogOf(Store)));
        failing.Segment = Segment(2);
        await Store.CommitAsync(failing);
        Assert.Equal(2, (await Contents.RecordsOf(Store)).Count);
    }

    [Fact]
    public async Task The_log_comes_back_in_order_and_keeps_its_gaps()
    {
        foreach (var first in new[] { 10, 1, 5 })
        {
            await Store.CommitAsync(new StoreBatch { Segment = Segment(first, 2) });
        }

        Assert.Equal([1, 5, 10], (await Contents.LogOf(Store)).Select(segment => segment.FirstSequence));
    }

    [Theory]
    [InlineData(long.MinValue, "1 4 9")]
    [InlineData(1, "1 4 9")]
    [InlineData(3, "1 4 9")]
    [InlineData(4, "4 9")]
    [InlineData(6, "4 9")]
    [InlineData(7, "9")]
    [InlineData(9, "9")]
    [InlineData(10, "")]
    public async Task The_log_is_read_from_the_segment_that_holds_an_entry(long from, string expected)
    {
        await Store.CommitAsync(new StoreBatch { Segment = Segment(1, 3) });
        await Store.CommitAsync(new StoreBatch { Segment = Segment(4, 3) });
        await Store.CommitAsync(new StoreBatch { Segment = Segment(9, 1) });
        Assert.Equal(expected, string.Join(' ', (await Contents.LogOf(Store, from)).Select(segment => segment.FirstSequence)));
    }

    [Fact]
    public async Task From_the_smallest_number_on_every_row_comes_whatever_its_number_and_count()
    {
        long[] firsts = [long.MinValue, -5, 0, 1, 7, long.MaxValue];
        foreach (var first in firsts)
        {
            await Store.CommitAsync(new StoreBatch { Segment = Segment(first, count: first == 7 ? 0 : 1) });
        }

        Assert.Equal(firsts, (await Contents.LogOf(Store, long.MinValue)).Select(segment => segment.FirstSequence));
    }

    [Fact]
    public async Task The_log_is_read_from_its_end_too_and_later_commits_do_not_show()
    {
        Assert.Empty(await FromItsEndAsync());
        foreach (var first in new[] { 10, 1, 5 })
        {
            await Store.CommitAsync(new StoreBatch { Segment = Segment(first, 2, 300) });
        }

        await using var before = await Store.SnapshotAsync();
        await Store.CommitAsync(new StoreBatch { Segment = Segment(20) });
        var read = await Contents.LogFromItsEndOf(before);
        Assert.Equal([10, 5, 1], read.Select(segment => segment.FirstSequence));
        Contents.Same(Segment(10, 2, 300), read[0]);
        Assert.Equal([20, 10, 5, 1], await FromItsEndAsync());

        async Task<IEnumerable<long>> FromItsEndAsync()
        {
            await using var snapshot = await Store.SnapshotAsync();
            return (await Contents.LogFromItsEndOf(snapshot)).Select(segment => segment.FirstSequence);
        }
    }

    [Fact]
    public async Task Reading_from_the_end_can_be_given_up_and_begun_again()
    {
        foreach (var first in new[] { 1, 2, 3 })
        {
            await Store.CommitAsync(new StoreBatch { Segment = Segment(first) });
        }

        await using var snapshot = await Store.SnapshotAsync();
        for (var round = 0; round < 2; round++)
        {
            await foreach (var segment in snapshot.ReadLogBackwardsAsync())
            {
                Assert.Equal(3, segment.FirstSequence);
                break;
            }
        }

        using var source = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in snapshot.ReadLogBackwardsAsync(source.Token))
            {
                await source.CancelAsync();
            }
        });
        Assert.Equal(3, (await Contents.LogOf(snapshot)).Count);
    }

    [Fact]
    public async Task A_segment_comes_back_byte_for_byte()
    {
        var segment = Segment(long.MaxValue / 2, 64, 300_000);
        await Store.CommitAsync(new StoreBatch { Segment = segment });
        Contents.Same(segment, Assert.Single(await Contents.LogOf(Store)));
    }

    [Fact]
    public async Task A_buffer_is_the_callers_again_after_the_commit()
    {
        var buffer = new byte[] { 1, 2, 3 };
        await Store.CommitAsync(new StoreBatch { Puts = { new StoredRecord(Key(1), 1, buffer) }, Segment = new StoredSegment(1, 1, buffer) });
        await Store.WriteKeyDocumentAsync(buffer);
        buffer.AsSpan().Clear();
        Assert.Equal([1, 2, 3], (await Store.ReadAsync(Key(1)))!.Value.Data.ToArray());
        Assert.Equal([1, 2, 3], Assert.Single(await Contents.LogOf(Store)).Data.ToArray());
        Assert.Equal([1, 2, 3], await Store.ReadKeyDocumentAsync());
    }

    [Fact]
    public async Task Later_commits_do_not_show_in_a_snapshot()
    {
        await Store.CommitAsync(new StoreBatch { Puts = { Record(Key(1), 1), Record(Key(2), 1) }, Segment = Segment(1) });
        await using var before = await Store.SnapshotAsync();
        await Store.CommitAsync(new StoreBatch { Puts = { Record(Key(1), 2), Record(Key(3), 1) }, Deletes = { Key(2) }, Segment = Segment(2) });

        Assert.Equal([(Key(1).Id, 1L), (Key(2).Id, 1L)], (await Contents.RecordsOf(before)).Select(record => (record.Key.Id, record.Revision)).Order());
        Assert.Single(await Contents.LogOf(before));
        await using var after = await Store.SnapshotAsync();
        Assert.Equal([(Key(1).Id, 2L), (Key(3).Id, 1L)], (await Contents.RecordsOf(after)).Select(record => (record.Key.Id, record.Revision)).Order());
        Assert.Equal(2, (await Contents.LogOf(after)).Count);
    }

    [Fact]
    public async Task The_seal_is_null_until_written_and_then_the_last_one_written()
    {
        Assert.Null(await Store.ReadKeyDocumentAsync());
        await Store.WriteKeyDocumentAsync("first, and longer"u8.ToArray());
        Contents.Same("first, and longer", await Store.ReadKeyDocumentAsync());
        await Store.WriteKeyDocumentAsync("second"u8.ToArray());
        Contents.Same("second", await Store.ReadKeyDocumentAsync());
    }

    [Fact]
    public async Task A_cancelled_call_does_nothing()
    {
        var cancelled = new CancellationToken(canceled: true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.CommitAsync(new StoreBatch { Puts = { Record(Key(1), 1) } }, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.WriteKeyDocumentAsync(new byte[1], cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.ReadKeyDocumentAsync(cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.SnapshotAsync(cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.ReadAsync(Key(1), cancelled));
        Assert.Null(await Store.ReadAsync(Key(1)));
        Assert.Null(await Store.ReadKeyDocumentAsync());
    }

    [Fact]
    public async Task Reading_a_snapshot_stops_when_cancelled()
    {
        await Store.CommitAsync(new StoreBatch { Puts = { Record(Key(1), 1), Record(Key(2), 1) } });
        using var source = new CancellationTokenSource();
        await using var snapshot = await Store.SnapshotAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in snapshot.ReadRecordsAsync(source.Token))
            {
                await source.CancelAsync();
            }
        });
    }

    [Fact]
    public async Task Reads_from_many_threads_see_whole_batches_while_one_writer_commits()
    {
        const int rounds = 150;
        await Store.CommitAsync(new StoreBatch { Puts = { Record(Key(1), 0), Record(Key(2), 0) } });
        var finished = 0;
        var readers = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            long last = 0;
            while (Volatile.Read(ref finished) == 0)
            {
                await using var snapshot = await Store.SnapshotAsync();
                var revision = Assert.Single((await Contents.RecordsOf(snapshot)).Select(record => record.Revision).Distinct());
                var read = (await Store.ReadAsync(Key(1)))!.Value;
                Contents.Same(Record(Key(1), read.Revision), read);
                Assert.InRange(revision, last, rounds);
                Assert.InRange(read.Revision, revision, rounds);
                last = read.Revision;
            }
        })).ToArray();
        for (var round = 1; round <= rounds; round++)
        {
            await Store.CommitAsync(new StoreBatch { Puts = { Record(Key(1), round), Record(Key(2), round) }, Segment = Segment(round) });
        }

        Volatile.Write(ref finished, 1);
        await Task.WhenAll(readers);
        Assert.Equal(rounds, (await Contents.LogOf(Store)).Count);
    }

    [Fact]
    public async Task Everything_is_there_after_reopening()
    {
        await Store.CommitAsync(new StoreBatch { Puts = { Record(Key(1), 3, 5000) }, Segment = Segment(1, 2, 5000) });
        await Store.WriteKeyDocumentAsync("seal"u8.ToArray());
        Store = await ReopenAsync(Store);
        Contents.Same(Record(Key(1), 3, 5000), Assert.Single(await Contents.RecordsOf(Store)));
        Contents.Same(Segment(1, 2, 5000), Assert.Single(await Contents.LogOf(Store)));
        Contents.Same("seal", await Store.ReadKeyDocumentAsync());
    }

    [Fact]
    public Task Any_sequence_of_batches_leaves_what_a_dictionary_would_hold() => StoreModel.CheckAsync(CreateAsync, ReopenAsync);

    protected static RecordKey Key(int id) => new(3, (UInt128)id);

    protected static StoredRecord Record(RecordKey key, long revision, int length = 40) => new(key, revision, Contents.Bytes(length, revision));

    protected static StoredSegment Segment(long first, int count = 1, int length = 300) => new(first, count, Contents.Bytes(length, first));
}
