using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Sanctum.Credentials;
using Sanctum.Door;
using Sanctum.Policies;
using Sanctum.Sessions;
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

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Nothing_is_sent_after_waking_by_what_was_recorded_before(bool whole)
    {
        await using var upstream = RawUpstream.Responding(RawResponses.WellFormed);
        await using var vaults = await SeveralVaults.StartAsync(server, 1);
        var (there, session) = await AddAsync(vaults, upstream);

        // The machine goes to sleep between the record and the request.
        await DeafenAsync();
        _store.Before = ("commit", () =>
        {
            _time.Suspend(Night);
            return Task.CompletedTask;
        });
        Assert.NotNull(await SeveralVaults.TryAsync(() => CallAsync(vaults[there], session, upstream, whole)));
        Assert.Null(_store.Before);
        Assert.All(upstream.Connections, connection => Assert.Equal("", connection.Received));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Nothing_of_a_response_that_came_meanwhile_leaves_after_waking(bool whole)
    {
        TaskCompletionSource responds = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var upstream = RawUpstream.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await responds.Task;
            await connection.SendAsync(RawResponses.WellFormed);
        });
        await using var vaults = await SeveralVaults.StartAsync(server, 1);
        var (there, session) = await AddAsync(vaults, upstream);
        var calling = SeveralVaults.TryAsync(() => CallAsync(vaults[there], session, upstream, whole));
        await (await upstream.Connections.NextAsync()).Requested;
        await SleepAsync();
        responds.SetResult();
        Assert.NotNull(await calling);
    }

    [Fact]
    public async Task Nothing_of_a_body_leaves_after_waking()
    {
        await using var upstream = RawUpstream.Start(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.ReadToEndAsync();
        });
        await using var vaults = await SeveralVaults.StartAsync(server, 1);
        var (there, session) = await AddAsync(vaults, upstream);
        var pipe = new Pipe();
        await using var body = pipe.Reader.AsStream();
        var calling = SeveralVaults.TryAsync(async () => await (await vaults[there].SendAsync(
            session.Caller, new HttpCall { Path = Model, Method = "POST", Url = $"{upstream.Origin}/", Body = body, Way = "test" })).DisposeAsync());
        await pipe.Writer.WriteAsync("what was sent before"u8.ToArray());
        var connection = await upstream.Connections.NextAsync();
        await SeveralVaults.UntilAsync(() => Task.FromResult(connection.Received.Contains("before", StringComparison.Ordinal)), TimeSpan.FromMinutes(1));
        await SleepAsync();
        await pipe.Writer.WriteAsync("what was left for later"u8.ToArray());
        await pipe.Writer.CompleteAsync();
        Assert.NotNull(await calling);
        Assert.DoesNotContain("later", connection.Received, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tunnel_is_over_after_waking()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        await using var vaults = await SeveralVaults.StartAsync(server, 1);
        await vaults[0].Policies.AddAsync(vaults.By(0), new Policy
        {
            Name = "tunnel", Principal = "agent:helper", Resources = [string.Create(CultureInfo.InvariantCulture, $"host:127.0.0.1:{port}")], Actions = PolicyActions.Connect,
        });
        var there = await AddAsync(vaults);
        await using var tunnel = await vaults[there].ConnectAsync((await vaults.SignInAsync(there)).Caller, "127.0.0.1", port);
        Assert.False(tunnel.IsOver());
        await SleepAsync();
        Assert.True(tunnel.IsOver());
    }

    private static async Task CallAsync(Vault vault, Session session, RawUpstream upstream, bool whole)
    {
        var url = $"{upstream.Origin}/";
        if (whole)
        {
            (await vault.UseAsync(session.Caller, Model, "http_request", JsonSerializer.SerializeToElement(new { method = "GET", url }))).Dispose();
        }
        else
        {
            await (await vault.SendAsync(session.Caller, new HttpCall { Path = Model, Method = "GET", Url = url, Way = "test" })).DisposeAsync();
        }
    }

    private async Task DeafenAsync()
    {
        _store.Deafen();
        await _store.Waits;
    }

    // No news come any more, and it sleeps for long.
    private async Task SleepAsync()
    {
        await DeafenAsync();
        _time.Suspend(Night);
    }

    private async Task<(int Number, Session Session)> AddAsync(SeveralVaults vaults, RawUpstream upstream)
    {
        await vaults[0].Credentials.StoreAsync(vaults.By(0), Model, "sk-a-secret-of-some-length"u8.ToArray(), new CredentialOptions { Type = "api_key", AllowedOrigins = [upstream.Origin] });
        var there = await AddAsync(vaults);
        return (there, await vaults.SignInAsync(there));
    }

    // Long enough for a machine that is busy.
    private Task<int> AddAsync(SeveralVaults vaults) => vaults.AddAsync(
        options: new VaultOptions { TimeProvider = _time, LongestStoreSilence = TimeSpan.FromMinutes(5) }, around: store => _store = new HeldStore(store));
}
