using System.Diagnostics;
using System.Globalization;
using Sanctum.Credentials;
using Sanctum.Door;
using Sanctum.Policies;
using Sanctum.Upstream;

namespace Sanctum.Storage.Postgres.Tests;

/// <summary>Responses that are read as they come at one daemon, while their grant is withdrawn at another.</summary>
public sealed class StreamTests(PostgresServer server, ITestOutputHelper output) : IClassFixture<PostgresServer>
{
    private static readonly CredentialPath Model = CredentialPath.Parse("webhooks/model");

    [Fact]
    public async Task A_withdrawal_ends_streams_at_every_daemon_within_a_second()
    {
        await using var upstream = Endless();
        await using var vaults = await SeveralVaults.StartAsync(server, 2);
        await BindAsync(vaults, upstream);
        var session = await vaults.SignInAsync(1);
        List<double> times = [];
        for (var i = 0; i < 10; i++)
        {
            await using var exchange = await OpenAsync(vaults, session, upstream);
            var reading = EndAsync(exchange);
            Assert.False(reading.IsCompleted);

            await vaults[0].Policies.RemoveAsync(vaults.By(0), "work");
            var since = Stopwatch.StartNew();
            Assert.Equal(VaultErrorCode.AccessDenied, await reading.WaitAsync(TimeSpan.FromSeconds(30)));
            times.Add(since.Elapsed.TotalMilliseconds);

            await vaults[0].Policies.AddAsync(vaults.By(0), SeveralVaults.PolicyWith(new PolicyConditions()));
            await SeveralVaults.UntilAsync(async () => (await vaults[1].Policies.ListAsync(vaults.By(1))).Count == 1);
        }

        output.WriteLine($"from the withdrawal to the end of the stream: {string.Join(' ', times.Select(time => time.ToString("0.0", CultureInfo.InvariantCulture)))} ms");
        Assert.InRange(times.Order().ElementAt(times.Count / 2), 0, 1000);
    }

    [Fact]
    public async Task Streams_end_at_a_daemon_that_does_not_hear_from_the_database()
    {
        await using var upstream = Endless();
        await using var proxy = new CuttingProxy(server.Socket);
        await using var vaults = await SeveralVaults.StartAsync(server, 2, through: (number, settings) => number == 1 ? proxy.Through(settings) : settings);
        await BindAsync(vaults, upstream);
        await using var exchange = await OpenAsync(vaults, await vaults.SignInAsync(1), upstream);
        var reading = EndAsync(exchange);

        var since = Stopwatch.StartNew();
        proxy.IsHeld = true;
        try
        {
            await reading.WaitAsync(TimeSpan.FromSeconds(30));
        }
        finally
        {
            // Its end is on the record before it is let go of.
            proxy.IsHeld = false;
        }

        Assert.InRange(since.Elapsed, TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(15));
    }

    // An event twenty times a second, for as long as somebody reads.
    private static RawUpstream Endless() => RawUpstream.Start(async connection =>
    {
        await connection.ReadRequestAsync();
        await connection.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/event-stream\r\n\r\n");
        for (var i = 0; i < 2000; i++)
        {
            await connection.SendAsync("11\r\ndata: {\"is\":\"a\"}\n\r\n");
            await Task.Delay(50);
        }
    });

    private static async Task BindAsync(SeveralVaults vaults, RawUpstream upstream)
    {
        await vaults[0].Credentials.StoreAsync(
            vaults.By(0), Model, "sk-a-secret-of-some-length"u8.ToArray(), new CredentialOptions { Type = "api_key", AllowedOrigins = [$"http://127.0.0.1:{upstream.Port}"] });
        await SeveralVaults.UntilAsync(async () => (await vaults[1].Credentials.ListAsync(vaults.By(1))).Count == 2);
    }

    private static async Task<HttpExchange> OpenAsync(SeveralVaults vaults, Sessions.Session session, RawUpstream upstream)
    {
        var exchange = await vaults[1].SendAsync(session.Caller, new HttpCall { Path = Model, Method = "GET", Url = $"http://127.0.0.1:{upstream.Port}/", Headers = [], Way = "test" });
        Assert.NotEqual(0, await exchange.Body.ReadAsync(new byte[64]));
        return exchange;
    }

    private static Task<VaultErrorCode?> EndAsync(HttpExchange exchange) => Task.Run(() => SeveralVaults.TryAsync(async () =>
    {
        var buffer = new byte[4096];
        while (await exchange.Body.ReadAsync(buffer) > 0)
        {
        }
    }));
}
