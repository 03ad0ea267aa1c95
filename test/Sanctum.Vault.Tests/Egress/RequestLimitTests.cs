using Sanctum.Operations;
using Sanctum.Tests.Fixture;
using Sanctum.Upstream;

namespace Sanctum.Tests.Egress;

/// <summary>An agent has so many requests, however it asks for them, and takes nothing from the others.</summary>
public sealed class RequestLimitTests : IAsyncLifetime
{
    private Outside _outside = null!;
    private TestUpstream _upstream = null!;

    public async ValueTask InitializeAsync()
    {
        _outside = await Outside.CreateAsync(it => it with { MaxConcurrentPerAgent = 2, MaxPerMinutePerAgent = 6, MaxResponseMemory = 128 * 1024 });
        _upstream = await TestUpstream.StartAsync();
        await _outside.AllowOriginsAsync(_upstream.Origin);
    }

    public async ValueTask DisposeAsync()
    {
        await _outside.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [Fact]
    public async Task An_agents_requests_at_once_are_limited_whatever_session_they_come_on()
    {
        var again = (await _outside.Test.SignInAsync("bot")).Caller;
        var other = (await _outside.Test.SignInAsync("other")).Caller;
        Task<HttpRequestResult>[] running = [_outside.GetAsync(At("/slow")), _outside.SendAsync(new(At("/slow")), again)];
        await _upstream.Requests.NextAsync();
        await _upstream.Requests.NextAsync();
        foreach (var caller in (Caller[])[_outside.Bot, again])
        {
            RetryAfter(await _outside.RefusedAsync(VaultErrorCode.RateLimited, new(At("/ok")), caller));
        }

        await _outside.SendAsync(new(At("/ok")), other);
        _upstream.Gate("slow").Open(2);
        await Task.WhenAll(running).InTime();
        await _outside.SendAsync(new(At("/ok")), again);
        Assert.Equal(4, _upstream.Requests.Count);
    }

    [Fact]
    public async Task A_place_is_given_back_however_a_request_ends()
    {
        using var cancel = new CancellationTokenSource();
        string[] broken = ["/breaks", "/encoded/unknown", "/bytes/5000000"];
        foreach (var path in broken)
        {
            await Assert.ThrowsAsync<VaultException>(() => _outside.GetAsync(At(path)));
        }

        var cancelled = _outside.SendAsync(new(At("/slow")), cancellationToken: cancel.Token);
        var slow = _outside.GetAsync(At("/slow/other"));
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled.InTime());
        await _outside.GetAsync(At("/ok"));
        _upstream.Gate("other").Open();
        await slow.InTime();
    }

    [Fact]
    public async Task An_agents_requests_in_a_minute_are_limited_and_then_paced()
    {
        var again = (await _outside.Test.SignInAsync("bot")).Caller;
        for (var i = 0; i < 6; i++)
        {
            await _outside.SendAsync(new(At("/ok")), i % 2 == 0 ? _outside.Bot : again);
        }

        var wait = RetryAfter(await _outside.RefusedAsync(VaultErrorCode.RateLimited, new(At("/ok"))));
        RetryAfter(await _outside.RefusedAsync(VaultErrorCode.RateLimited, new(At("/ok")), again));
        Assert.Equal(10, wait, 0.01);
        await _outside.SendAsync(new(At("/ok")), (await _outside.Test.SignInAsync("other")).Caller);
        _outside.Test.Time.Advance(TimeSpan.FromSeconds(wait));
        await _outside.GetAsync(At("/ok"));
        RetryAfter(await _outside.RefusedAsync(VaultErrorCode.RateLimited, new(At("/ok"))));
        Assert.Equal(8, _upstream.Requests.Count);

        // Nobody saves up more than a minute's worth.
        _outside.Test.Time.Advance(TimeSpan.FromMinutes(30));
        for (var i = 0; i < 6; i++)
        {
            await _outside.GetAsync(At("/ok"));
        }

        await _outside.RefusedAsync(VaultErrorCode.RateLimited, new(At("/ok")));
    }

    [Fact]
    public async Task What_was_refused_was_not_sent_and_does_not_count()
    {
        for (var i = 0; i < 10; i++)
        {
            await _outside.RefusedAsync(VaultErrorCode.EgressDenied, new("https://evil.test/"));
            await _outside.RefusedAsync(VaultErrorCode.InvalidParams, new(At("/ok")) { Headers = [("Host", "evil.test")] });
        }

        await _outside.GetAsync(At("/ok"));
    }

    // The memory for all responses together is less than this one needs; none of it is lost on the way.
    [Fact]
    public async Task Memory_is_bounded_and_given_back()
    {
        for (var i = 0; i < 3; i++)
        {
            RetryAfter(await _outside.RefusedAsync(VaultErrorCode.RateLimited, new(At("/text/200000"))));
            using (var fits = await _outside.GetAsync(At("/text/20000")))
            {
                Assert.Equal(20_000, fits.Body.Length);
            }

            _outside.Test.Time.Advance(TimeSpan.FromMinutes(1));
            await Assert.ThrowsAsync<VaultException>(() => _outside.GetAsync(At("/breaks")));
        }
    }

    // What a response holds it holds until it is let go of, and then no longer.
    [Fact]
    public async Task A_response_that_nobody_has_taken_yet_counts()
    {
        using var held = await _outside.GetAsync(At("/text/20000"));
        using var more = await _outside.GetAsync(At("/text/4000"));
        RetryAfter(await _outside.RefusedAsync(VaultErrorCode.RateLimited, new(At("/text/20000"))));
        held.Dispose();
        Assert.Equal(20_000, (await _outside.GetAsync(At("/text/20000"))).Body.Length);
    }

    // A response that is almost there and does not end holds its memory for minutes: without this, one agent and one service would have it all.
    [Fact]
    public async Task What_one_agents_responses_hold_is_never_more_than_they_leave_to_the_others()
    {
        await using var outside = await Outside.CreateAsync(it => it with { MaxResponseMemory = 128 * 1024 });
        await outside.AllowOriginsAsync(_upstream.Origin);
        var again = (await outside.Test.SignInAsync("bot")).Caller;
        string[] others = ["other", "another", "a-third"];
        var held = new List<HttpRequestResult>();
        try
        {
            await HoldAsync(outside.Bot);
            RetryAfter(await outside.RefusedAsync(VaultErrorCode.RateLimited, new(At("/text/4000")), again));
            Assert.Equal(16, held.Count);
            foreach (var name in others)
            {
                await HoldAsync((await outside.Test.SignInAsync(name)).Caller);
            }
        }
        finally
        {
            held.ForEach(result => result.Dispose());
        }

        Assert.Equal(20_000, (await outside.GetAsync(At("/text/20000"))).Body.Length);

        async Task HoldAsync(Caller by)
        {
            held.Add(await outside.SendAsync(new(At("/text/4000")), by));
            while (await Record.ExceptionAsync(async () => held.Add(await outside.SendAsync(new(At("/text/4000")), by))) is null)
            {
                Assert.InRange(held.Count, 1, 64);
            }
        }
    }

    [Fact]
    public async Task One_agents_requests_do_not_hold_up_anothers_work()
    {
        var other = (await _outside.Test.SignInAsync("other")).Caller;
        _upstream.Gate("drip").Open(1);
        Task<HttpRequestResult>[] running = [_outside.GetAsync(At("/slow")), _outside.GetAsync(At("/drip/5"))];
        await _upstream.Requests.NextAsync();
        await _upstream.Requests.NextAsync();
        for (var i = 0; i < 20; i++)
        {
            await _outside.Test.UseAsync(other, Outside.Path, "sign", """{"data":"x"}""").InTime();
        }

        Assert.All(running, call => Assert.False(call.IsCompleted));
        _upstream.Gate("slow").Open();
        _upstream.Gate("drip").Open(4);
        await Task.WhenAll(running).InTime();
    }

    private static double RetryAfter(VaultException refused)
    {
        var seconds = Convert.ToDouble(refused.Context!["retry_after"], System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(seconds, double.Epsilon, 60);
        return seconds;
    }

    private string At(string path) => _upstream.Origin + path;
}
