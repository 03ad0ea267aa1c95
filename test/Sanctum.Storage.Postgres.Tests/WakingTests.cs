using Sanctum.Credentials;
using Sanctum.Door;
using Sanctum.Upstream;

namespace Sanctum.Storage.Postgres.Tests;

/// <summary>A daemon that was stopped, or whose machine was suspended, serves nothing by what it knew before.</summary>
public sealed class WakingTests(PostgresServer server) : IClassFixture<PostgresServer>
{
    private static readonly TimeSpan Night = TimeSpan.FromMinutes(30);
    private static readonly CredentialPath Model = CredentialPath.Parse("webhooks/model");
    private readonly SuspendedTime _time = new();
    private HeldStore _store = null!;

    [Fact]
    public async Task A_machine_that_wakes_decides_nothing_until_it_has_heard_what_happened()
    {
        await using var vaults = await SeveralVaults.StartAsync(server, 1);
        var there = await AddAsync(vaults);
        var session = await vaults.SignInAsync(there);
        _store.Deafen();
        await _store.Waits;
        await vaults.SignAsync(there, session);

        _time.Suspend(Night);
        Assert.True(vaults[there].IsCutOff);
        Assert.Equal(VaultErrorCode.StorageFailed, await SeveralVaults.TryAsync(() => vaults.SignAsync(there, session)));
        _store.Hear();
        await SeveralVaults.UntilAsync(async () => await SeveralVaults.TryAsync(() => vaults.SignAsync(there, session)) is null, TimeSpan.FromMinutes(1));
    }

    // The database responded, the daemon was stopped, and what was responded is read when it wakes.
    [Fact]
    public async Task What_the_database_said_before_is_not_taken_for_news()
    {
        await using var vaults = await SeveralVaults.StartAsync(server, 1);
        var there = await AddAsync(vaults);
        var session = await vaults.SignInAsync(there);
        _store.HoldLooks();
        await _store.Looked;
        _store.Deafen();
        _time.Suspend(Night);
        _store.LetLooksGo();
        await _store.Waits;
        Assert.True(vaults[there].IsCutOff);
        Assert.Equal(VaultErrorCode.StorageFailed, await SeveralVaults.TryAsync(() => vaults.SignAsync(there, session)));
    }

    [Fact]
    public async Task Nothing_of_a_stream_leaves_after_waking()
    {
        TaskCompletionSource more = new(TaskCreationOptions.RunContinuationsAsynchronously), ends = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var upstream = RawUpstream.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/event-stream\r\n\r\n11\r\ndata: {\"is\":\"a\"}\n\r\n");
            await more.Task;
            await connection.SendAsync("11\r\ndata: {\"is\":\"b\"}\n\r\n");
            await ends.Task;
        });
        await using var vaults = await SeveralVaults.StartAsync(server, 1);
        await vaults[0].Credentials.StoreAsync(
            vaults.By(0), Model, "sk-a-secret-of-some-length"u8.ToArray(), new CredentialOptions { Type = "api_key", AllowedOrigins = [$"http://127.0.0.1:{upstream.Port}"] });
        var there = await AddAsync(vaults);
        var session = await vaults.SignInAsync(there);
        await using var exchange = await vaults[there].SendAsync(
            session.Caller, new HttpCall { Path = Model, Method = "GET", Url = $"http://127.0.0.1:{upstream.Port}/", Headers = [], Way = "test" });
        var buffer = new byte[64];
        Assert.NotEqual(0, await exchange.Body.ReadAsync(buffer));
        _store.Deafen();
        await _store.Waits;
        await vaults[0].Policies.RemoveAsync(vaults.By(0), "work");

        // It waits for the service while the machine goes to sleep.
        var reading = SeveralVaults.TryAsync(async () => Assert.NotEqual(0, await exchange.Body.ReadAsync(buffer)));
        _time.Suspend(Night);
        more.SetResult();
        Assert.Equal(VaultErrorCode.AccessDenied, await reading);
        ends.SetResult();
    }

    // Long enough for a machine that is busy.
    private Task<int> AddAsync(SeveralVaults vaults) => vaults.AddAsync(
        options: new VaultOptions { TimeProvider = _time, LongestStoreSilence = TimeSpan.FromMinutes(5) }, around: store => _store = new HeldStore(store));
}
