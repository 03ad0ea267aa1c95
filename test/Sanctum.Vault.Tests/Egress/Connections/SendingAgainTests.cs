using Sanctum.Policies;
using Sanctum.Tests.Fixture;
using Sanctum.Upstream;

namespace Sanctum.Tests.Egress.Connections;

/// <summary>A request is sent once, and once more only where nothing can have come of the first time. The log says how often.</summary>
public sealed class SendingAgainTests : IAsyncLifetime
{
    private Outside _outside = null!;

    public async ValueTask InitializeAsync() => _outside = await Outside.CreateAsync();

    public ValueTask DisposeAsync() => _outside.DisposeAsync();

    public static TheoryData<string, string, string?> Refusals => new()
    {
        { "refused", "GET", null },
        { "refused", "POST", "pay 10" },
        { "refused", "DELETE", null },
        { "goaway", "GET", null },
        { "goaway", "POST", "pay 10" },
        { "goaway", "DELETE", null },
    };

    // Each time it comes it is refused as not processed (RFC 9113, section 8.7).
    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task What_is_always_refused_unprocessed_is_sent_twice(string how, string method, string? body)
    {
        await using var raw = RawUpstream.StartHttp2(_outside.Authority, http => RefuseAsync(http, how, times: int.MaxValue));
        await _outside.AllowOriginsAsync(raw.Origin);
        await _outside.RefusedAsync(VaultErrorCode.UpstreamFailed, new(raw.Origin, method) { Body = body }).InTime();
        Assert.Equal(("2", 2), (await SendsAsync(), _received));
    }

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task What_is_refused_unprocessed_once_is_sent_once_more(string how, string method, string? body)
    {
        await using var raw = RawUpstream.StartHttp2(_outside.Authority, http => RefuseAsync(http, how, times: 1));
        await _outside.AllowOriginsAsync(raw.Origin);
        Assert.Equal(200, (await _outside.SendAsync(new(raw.Origin, method) { Body = body }).InTime()).Status);
        Assert.Equal(("2", 2), (await SendsAsync(), _received));
    }

    // It was not processed the first time, so that what permits it once is spent once.
    [Fact]
    public async Task What_was_approved_once_is_done_once()
    {
        await using var outside = await Outside.CreateAsync(allow: false);
        await outside.Test.AllowAsync(PolicyActions.Use, name: "limited", conditions: new() { MaxUsesPerHour = 1 });
        await using var raw = RawUpstream.StartHttp2(outside.Authority, http => RefuseAsync(http, "refused", times: 1));
        await outside.AllowOriginsAsync(raw.Origin);
        Assert.Equal(200, (await outside.SendAsync(new(raw.Origin, "POST") { Body = "pay 10" }).InTime()).Status);
        await outside.RefusedAsync(VaultErrorCode.RateLimited, new(raw.Origin, "POST") { Body = "pay 10" });
        Assert.Equal(2, _received);
    }

    // Other ends leave open what was done.
    [Theory]
    [InlineData("cancelled")]
    [InlineData("internal error")]
    [InlineData("http/1.1 required")]
    [InlineData("goaway that includes it")]
    [InlineData("closed")]
    public async Task What_may_have_been_processed_is_sent_once(string how)
    {
        foreach (var (method, body) in ((string, string?)[])[("GET", null), ("POST", "pay 10")])
        {
            _received = 0;
            await using var raw = RawUpstream.StartHttp2(_outside.Authority, http => RefuseAsync(http, how, times: int.MaxValue));
            await _outside.AllowOriginsAsync(raw.Origin);
            await _outside.RefusedAsync(VaultErrorCode.UpstreamFailed, new(raw.Origin, method) { Body = body }).InTime();
            Assert.Equal(("1", 1), (await SendsAsync(), _received));
        }
    }

    [Theory]
    [InlineData("GET", false)]
    [InlineData("HEAD", false)]
    [InlineData("GET", true)]
    public async Task What_only_asks_is_sent_once_more_when_a_connection_that_was_kept_ends_without_a_word(string method, bool secure)
    {
        await using var raw = RawUpstream.Start(RespondToTheFirstAsync, secure ? _outside.Authority : null);
        await _outside.AllowOriginsAsync(raw.Origin);
        await _outside.GetAsync(raw.Origin);
        Assert.Equal("1", await SendsAsync());
        Assert.Equal(200, (await _outside.SendAsync(new(raw.Origin, method)).InTime()).Status);
        Assert.Equal(("2", 3), (await SendsAsync(), _received));
    }

    [Theory]
    [InlineData("POST", null)]
    [InlineData("POST", "pay 10")]
    [InlineData("DELETE", null)]
    [InlineData("GET", "a body")]
    public async Task What_may_have_an_effect_is_not_sent_once_more(string method, string? body)
    {
        await using var raw = RawUpstream.Start(RespondToTheFirstAsync);
        await _outside.AllowOriginsAsync(raw.Origin);
        await _outside.GetAsync(raw.Origin);
        await _outside.RefusedAsync(VaultErrorCode.UpstreamFailed, new(raw.Origin, method) { Body = body }).InTime();
        Assert.Equal(("1", 2), (await SendsAsync(), _received));
    }

    // One that was approved may have been answered already, somewhere on the way.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_is_limited_by_the_hour_is_not_sent_once_more(bool approved)
    {
        await using var outside = await Outside.CreateAsync(vault: it => it with { ApprovalWait = TimeSpan.FromSeconds(10) }, allow: false);
        await using var raw = RawUpstream.Start(RespondToTheFirstAsync);
        await outside.AllowOriginsAsync(raw.Origin);
        await outside.Test.AllowAsync(PolicyActions.Use, name: "limited", conditions: approved ? new() { RequireApproval = true } : new() { MaxUsesPerHour = 10 });
        for (var i = 0; i < 2; i++)
        {
            var call = outside.GetAsync(raw.Origin);
            if (approved)
            {
                await outside.Test.Vault.Approvals.ApproveAsync(outside.Test.Operator, Assert.Single(await outside.Test.Vault.Approvals.ListAsync(outside.Test.Operator)).Id);
            }

            Assert.Equal(i == 0 ? null : VaultErrorCode.UpstreamFailed, (await Record.ExceptionAsync(() => call.InTime()) as VaultException)?.Code);
        }

        Assert.Equal(2, _received);
    }

    [Fact]
    public async Task Nothing_is_sent_once_more_when_the_connection_is_new()
    {
        await using var raw = RawUpstream.Start(async connection =>
        {
            await connection.ReadHeadAsync();
            Interlocked.Increment(ref _received);
        });
        await _outside.AllowOriginsAsync(raw.Origin);
        await _outside.RefusedAsync(VaultErrorCode.UpstreamFailed, new(raw.Origin)).InTime();
        Assert.Equal(("1", 1), (await SendsAsync(), _received));
    }

    [Fact]
    public async Task Nothing_is_sent_once_more_when_something_has_come_back()
    {
        await using var raw = RawUpstream.Start(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync(RawResponses.WellFormed);
            await connection.ReadHeadAsync();
            await connection.SendAsync("H");
        });
        await _outside.AllowOriginsAsync(raw.Origin);
        await _outside.GetAsync(raw.Origin);
        await _outside.RefusedAsync(VaultErrorCode.UpstreamFailed, new(raw.Origin)).InTime();
        Assert.Equal("1", await SendsAsync());
        Assert.Single(raw.Connections);
    }

    [Fact]
    public async Task What_found_no_connection_was_not_sent()
    {
        await _outside.AllowOriginsAsync("http://127.1.1.1:9");
        await _outside.RefusedAsync(VaultErrorCode.UpstreamFailed, new("http://127.1.1.1:9"));
        Assert.Equal("0", await SendsAsync());
    }

    private int _received;

    private async Task<string> SendsAsync() => (await _outside.OutcomesAsync())[^1].Details!["sends"];

    private async Task RespondToTheFirstAsync(RawConnection connection)
    {
        for (var i = 0; await connection.ReadHeadAsync() is not null; i++)
        {
            if (Interlocked.Increment(ref _received) == 2)
            {
                return;
            }

            await connection.SendAsync(RawResponses.WellFormed);
        }
    }

    private async Task RefuseAsync(RawHttp2 http, string how, int times)
    {
        while (await http.NextAsync() is { } stream)
        {
            if (Interlocked.Increment(ref _received) > times)
            {
                await http.SendHeadersAsync(stream, end: true, (":status", "200"));
                continue;
            }

            await (how switch
            {
                "refused" => http.ResetAsync(stream, RawHttp2.RefusedStream),
                "goaway" => http.GoAwayAsync(0, RawHttp2.NoError),
                "goaway that includes it" => http.GoAwayAsync(stream, RawHttp2.NoError),
                "cancelled" => http.ResetAsync(stream, 8),
                "internal error" => http.ResetAsync(stream, 2),
                "http/1.1 required" => http.ResetAsync(stream, RawHttp2.Http11Required),
                _ => Task.CompletedTask,
            });
            if (how is "closed" or "goaway that includes it")
            {
                return;
            }
        }
    }
}
