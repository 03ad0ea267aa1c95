using System.Net;
using Sanctum.Egress;
using Sanctum.Tests.Fixture;
using Sanctum.Upstream;

namespace Sanctum.Tests.Egress;

/// <summary>An upstream that takes its time does not get it. The limits run on the real clock, so they are
/// short here, but long enough for all that has to be done before; and the other limits are longer than any test waits.</summary>
public sealed class TimeLimitTests : IAsyncLifetime
{
    private const double Short = 2;

    private Outside _outside = null!;
    private TestUpstream _upstream = null!;

    public async ValueTask InitializeAsync()
    {
        _outside = await Outside.CreateAsync(it => it with { ConnectTimeout = TimeSpan.FromSeconds(Short), Timeout = TimeSpan.FromMinutes(5) });
        _upstream = await TestUpstream.StartAsync(new() { Authority = _outside.Authority, Names = [Outside.Host, "127.0.0.1"] });
        await _outside.AllowOriginsAsync(_upstream.Origin, _upstream.OriginAs(Outside.Host));
    }

    public async ValueTask DisposeAsync()
    {
        await _outside.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    // Nothing at all, a body in drips, a body that does not end, and one that is endless.
    [Theory]
    [InlineData("/slow")]
    [InlineData("/drip/5")]
    [InlineData("/hold-connection")]
    public async Task A_response_that_does_not_come_in_time_is_not_delivered(string path)
    {
        // The connection is there already: what it takes to make one is no part of this.
        await _outside.GetAsync($"{_upstream.Origin}/ok");
        await _upstream.Requests.NextAsync();
        _upstream.Gate("drip").Open(2);
        var refused = await _outside.RefusedAsync(VaultErrorCode.UpstreamFailed, new(_upstream.Origin + path) { Timeout = Short }).InTime();
        Assert.Contains("2 seconds", refused.Message, StringComparison.Ordinal);
        Assert.Equal(RequestEnding.ClientLeft, await (await _upstream.Requests.NextAsync()).Ending.InTime());
    }

    [Fact]
    public async Task The_hosts_limit_holds_where_the_call_has_none()
    {
        await using var outside = await Outside.CreateAsync(it => it with { Timeout = TimeSpan.FromSeconds(Short) });
        await using var plain = await TestUpstream.StartAsync();
        await outside.AllowOriginsAsync(plain.Origin);
        await outside.RefusedAsync(VaultErrorCode.UpstreamFailed, new($"{plain.Origin}/slow")).InTime();
        Assert.Equal(RequestEnding.ClientLeft, await (await plain.Requests.NextAsync()).Ending.InTime());
    }

    // A model takes minutes, and one that is given up on is paid for all the same.
    [Fact]
    public void Where_neither_says_anything_it_has_five_minutes() =>
        Assert.Equal((TimeSpan.FromSeconds(300), TimeSpan.FromSeconds(300)), (new EgressOptions().Timeout, new EgressOptions().MaxTimeout));

    [Theory]
    [InlineData(301)]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(1e300)]
    public async Task A_call_can_not_ask_for_longer_than_the_host_allows(double seconds)
    {
        var refused = await _outside.RefusedAsync(VaultErrorCode.InvalidParams, new($"{_upstream.Origin}/ok") { Timeout = seconds });
        Assert.Equal("timeout", refused.Context!["member"]);
        Assert.Equal(0, _upstream.Connections);
    }

    [Fact]
    public async Task Announcements_without_a_response_come_to_an_end()
    {
        await using var raw = RawUpstream.Start(RawResponses.HintsWithoutEnd);
        await _outside.AllowOriginsAsync(raw.Origin);
        await _outside.RefusedAsync(VaultErrorCode.UpstreamFailed, new(raw.Origin) { Timeout = Short }).InTime();
        await (await raw.Connections.NextAsync()).Ended.InTime();
    }

    [Fact]
    public async Task A_silent_resolver_is_waited_for_no_longer_than_a_connection_may_take()
    {
        _outside.Addresses[Outside.Host] = async cancelled =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancelled);
            return [];
        };
        await _outside.RefusedAsync(VaultErrorCode.UpstreamFailed, new($"{_upstream.OriginAs(Outside.Host)}/ok")).InTime();
    }

    [Fact]
    public async Task A_handshake_that_does_not_come_to_an_end_is_not_waited_for()
    {
        // It takes the client's first words, and says nothing.
        await using var raw = RawUpstream.Start(connection => connection.ReadToEndAsync());
        var origin = $"https://127.0.0.1:{raw.Port}";
        await _outside.AllowOriginsAsync(origin);
        await _outside.RefusedAsync(VaultErrorCode.UpstreamFailed, new(origin)).InTime();
        Assert.DoesNotContain("HTTP", (await raw.Connections.NextAsync()).Received, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_that_is_not_made_in_time_is_a_failure_of_the_upstream()
    {
        await _outside.StoreAsync(new() { Hosts = [$"{Outside.Host}:{_upstream.Port}"], AllowedOrigins = [] });
        _outside.Resolves(Outside.Host, Outside.PublicAndUnreachable);
        await _outside.RefusedAsync(VaultErrorCode.UpstreamFailed, new($"{_upstream.OriginAs(Outside.Host)}/ok")).InTime();
        var outcome = Assert.Single(await _outside.OutcomesAsync());
        Assert.Equal(VaultErrorCode.UpstreamFailed, outcome.Reason);
    }
}
