using System.Diagnostics;
using System.Globalization;
using Sanctum.Audit;

namespace Sanctum.Storage.Postgres.Tests;

/// <summary>A primary that dies while agents work, and its synchronous standby that takes over.</summary>
public sealed class FailoverTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Nothing_acknowledged_is_lost_when_the_standby_takes_over_and_daemons_find_it()
    {
        await using var pair = new ReplicatedPair();
        await pair.InitializeAsync();
        await using var vaults = await SeveralVaults.StartAsync(pair.NewVault(), 2);
        Assert.Null(vaults.StoreOf(0).Warning);
        var acknowledged = 0;
        long firstAfter = 0, died = long.MaxValue;
        using var over = new CancellationTokenSource();
        var working = Enumerable.Range(0, 2).Select(number => Task.Run(async () =>
        {
            var session = await vaults.SignInAsync(number);
            while (!over.IsCancellationRequested)
            {
                if (await SeveralVaults.TryAsync(() => vaults.SignAsync(number, session)) is null)
                {
                    Interlocked.Increment(ref acknowledged);
                    if (Stopwatch.GetTimestamp() > Interlocked.Read(ref died))
                    {
                        Interlocked.CompareExchange(ref firstAfter, Stopwatch.GetTimestamp(), 0);
                    }
                }

                await Task.Delay(2);
            }
        })).ToArray();
        await Task.Delay(1000);

        await pair.KillPrimaryAsync();
        Interlocked.Exchange(ref died, Stopwatch.GetTimestamp());
        await pair.PromoteStandbyAsync();
        var promoted = Stopwatch.GetTimestamp();
        await SeveralVaults.UntilAsync(() => Task.FromResult(Interlocked.Read(ref firstAfter) != 0), TimeSpan.FromSeconds(60));
        await Task.Delay(500);
        await over.CancelAsync();
        await Task.WhenAll(working);

        Assert.InRange(Stopwatch.GetElapsedTime(promoted, firstAfter), TimeSpan.MinValue, TimeSpan.FromSeconds(8));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"the first call was done {Stopwatch.GetElapsedTime(promoted, firstAfter).TotalMilliseconds:0} ms after the standby had been promoted"));
        await SeveralVaults.UntilAsync(async () => await SeveralVaults.TryAsync(() => vaults[0].Audit.VerifyAsync(vaults.By(0))) is null, TimeSpan.FromSeconds(60));
        var written = 0;
        await foreach (var entry in vaults[0].Audit.ReadAsync(vaults.By(0)))
        {
            written += entry is { Action: "use", Outcome: AuditOutcome.Allowed } ? 1 : 0;
        }

        Assert.True(written >= acknowledged, $"{acknowledged} were acknowledged, and {written} are in the log");
    }

    [Theory]
    [InlineData("pg_terminate_backend")]
    [InlineData("pg_cancel_backend")]
    public async Task A_commit_that_did_not_wait_for_the_standby_is_acknowledged_once_that_has_it(string ending)
    {
        await using var pair = new ReplicatedPair();
        await pair.InitializeAsync();
        await using var store = await PostgresVaultStore.CreateAsync(pair.NewVault());
        await pair.KillStandbyAsync();
        var committing = store.CommitAsync(new StoreBatch { Segment = new StoredSegment(1, 1, new byte[] { 1 }) });
        await SeveralVaults.UntilAsync(async () => await pair.SqlAsync($"SELECT count({ending}(pid)) FROM pg_stat_activity WHERE wait_event = 'SyncRep'") is > 0L);
        await SeveralVaults.UntilAsync(async () => await pair.SqlAsync("SELECT count(*) FROM vault_1.log") is 1L);

        await Task.Delay(TimeSpan.FromSeconds(3)); // A server that ended a connection is asked again after a second.
        Assert.False(committing.IsCompleted, "it was acknowledged, and a failover would lose it");
        await pair.StartStandbyAsync();
        await committing;
        await pair.KillPrimaryAsync();
        await pair.PromoteStandbyAsync();
        await SeveralVaults.UntilAsync(async () => await pair.SqlAsync("SELECT count(*) FROM vault_1.log") is 1L);
    }

    [Fact]
    public async Task A_commit_that_no_standby_takes_is_not_acknowledged_however_long_it_takes()
    {
        await using var pair = new ReplicatedPair();
        await pair.InitializeAsync();
        await using var store = await PostgresVaultStore.CreateAsync(pair.NewVault());
        await pair.KillStandbyAsync();
        var committing = store.CommitAsync(new StoreBatch { Segment = new StoredSegment(1, 1, new byte[] { 1 }) });
        await SeveralVaults.UntilAsync(async () => await pair.SqlAsync("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE wait_event = 'SyncRep'") is > 0L);
        Assert.Contains("is not known yet", (await Assert.ThrowsAsync<StoreException>(() => committing)).Message, StringComparison.Ordinal);

        await pair.StartStandbyAsync();
        await SeveralVaults.UntilAsync(
            async () =>
            {
                try
                {
                    await store.CommitAsync(new StoreBatch { Segment = new StoredSegment(2, 1, new byte[] { 2 }) });
                    return true;
                }
                catch (StoreException)
                {
                    return false;
                }
            },
            TimeSpan.FromSeconds(60));
        Assert.Equal(2L, await pair.SqlAsync("SELECT count(*) FROM vault_1.log"));
    }

    [Fact]
    public async Task A_standby_is_not_opened_until_it_has_taken_over()
    {
        await using var pair = new ReplicatedPair();
        await pair.InitializeAsync();
        var vault = pair.NewVault();
        await using (var store = await PostgresVaultStore.CreateAsync(vault))
        {
            await store.WriteKeyDocumentAsync("key"u8.ToArray());
        }

        var standby = pair.OnlyStandby(vault);
        var refused = await Assert.ThrowsAsync<StoreException>(() => PostgresVaultStore.OpenAsync(standby));
        Assert.Equal((StoreFailure.Unavailable, true), (refused.Reason, refused.Message.Contains("it is a standby", StringComparison.Ordinal)));

        await pair.KillPrimaryAsync();
        await pair.PromoteStandbyAsync();
        await using var opened = await PostgresVaultStore.OpenAsync(standby);
        await opened.CommitAsync(new StoreBatch { Segment = new StoredSegment(1, 1, new byte[1]) });
    }

    [Fact]
    public async Task A_standby_that_is_not_waited_for_is_warned_of()
    {
        await using var pair = new ReplicatedPair();
        await pair.InitializeAsync();
        await pair.SqlAsync("ALTER SYSTEM SET synchronous_standby_names = ''");
        await pair.SqlAsync("SELECT pg_reload_conf()");
        await using var store = await PostgresVaultStore.CreateAsync(pair.NewVault());
        Assert.Contains("can lose the last commits", store.Warning, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_standby_that_is_not_waited_for_any_more_is_warned_of_within_a_minute()
    {
        await using var pair = new ReplicatedPair();
        await pair.InitializeAsync();
        await pair.UntilInStepAsync();
        await using var store = await PostgresVaultStore.CreateAsync(pair.NewVault());
        var time = new SteppedTime();
        store.Standbys.Time = time;
        Assert.Null(await store.Standbys.LookAsync(default));

        await NameAsync("");
        await SeveralVaults.UntilAsync(async () => await pair.SqlAsync("SELECT sync_state FROM pg_stat_replication") is "async");
        await AnnounceAsync();
        Assert.Null(store.Warning); // Not each time that the daemon says that it is there.
        await SeveralVaults.UntilAsync(async () =>
        {
            time.Step(TimeSpan.FromMinutes(1));
            await AnnounceAsync();
            return store.Warning is not null;
        });
        Assert.Contains("can lose the last commits", store.Warning, StringComparison.Ordinal);

        await NameAsync("second");
        await pair.UntilInStepAsync();
        await SeveralVaults.UntilAsync(async () => await store.Standbys.LookAsync(default) is null);

        // One is named, and it is not the one that follows.
        await NameAsync("another");
        await SeveralVaults.UntilAsync(async () => await store.Standbys.LookAsync(default) is not null);

        async Task NameAsync(string name)
        {
            await pair.SqlAsync($"ALTER SYSTEM SET synchronous_standby_names = '{name}'");
            await pair.SqlAsync("SELECT pg_reload_conf()");
        }

        Task AnnounceAsync() => store.AnnounceAsync(new StoreNode("one", "1.0.0", "unsealed", 1, DateTimeOffset.UnixEpoch));
    }

    [Fact]
    public async Task A_database_that_can_not_be_asked_keeps_the_warning()
    {
        await using var pair = new ReplicatedPair();
        await pair.InitializeAsync();
        await pair.SqlAsync("ALTER SYSTEM SET synchronous_standby_names = ''");
        await pair.SqlAsync("SELECT pg_reload_conf()");
        await using var store = await PostgresVaultStore.CreateAsync(pair.NewVault());
        var time = new SteppedTime();
        store.Standbys.Time = time;
        Assert.NotNull(await store.Standbys.LookAsync(default));
        await pair.KillPrimaryAsync();
        time.Step(TimeSpan.FromMinutes(1));
        await store.Standbys.LookAgainAsync(default);
        Assert.NotNull(store.Warning);
    }

    /// <summary>Time that passes when it is told to.</summary>
    private sealed class SteppedTime : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Step(TimeSpan time) => Interlocked.Add(ref _ticks, time.Ticks);

        public override long GetTimestamp() => Interlocked.Read(ref _ticks);
    }
}
