using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Sanctum.Operations;
using Sanctum.Tests.Fixture;
using Sanctum.Upstream;

namespace Sanctum.Tests.Egress.Connections;

/// <summary>Each call dials in its own time: a host that is switched off, or a resolver that is, costs the call that asked for it and no other.</summary>
public sealed class DialingAtOnceTests : IAsyncLifetime
{
    private static readonly IPAddress DeadOne = IPAddress.Parse("127.1.1.1");

    private Outside _outside = null!;

    public async ValueTask InitializeAsync() => _outside = await Outside.CreateAsync(it => it with { ConnectTimeout = TimeSpan.FromSeconds(10), MaxConcurrentPerAgent = 8 });

    public ValueTask DisposeAsync() => _outside.DisposeAsync();

    // One after the other they would take forty seconds.
    [Theory]
    [InlineData("https")]
    [InlineData("http")]
    public async Task Calls_to_a_host_that_is_switched_off_fail_together(string scheme)
    {
        await using var outside = await Outside.CreateAsync(it => it with { ConnectTimeout = TimeSpan.FromSeconds(5) });
        using var dead = await DeadAddress.CreateAsync(DeadOne);
        var origin = $"{scheme}://{dead.EndPoint}";
        await outside.AllowOriginsAsync(origin);
        var calls = Enumerable.Range(0, 8).Select(_ => outside.RefusedAsync(VaultErrorCode.UpstreamFailed, new(origin))).ToList();
        await Task.WhenAll(calls).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.All(calls, call => Assert.Contains("timed out", call.Result.Message, StringComparison.Ordinal));
        Assert.Equal(8, (await outside.OutcomesAsync()).Count);
    }

    [Fact]
    public async Task They_all_dial_at_the_same_time()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var count = 0;
        _outside.Addresses[Outside.Host] = async cancelled =>
        {
            if (Interlocked.Increment(ref count) == 8)
            {
                asked.SetResult();
            }

            await asked.Task.WaitAsync(cancelled);
            return [IPAddress.Loopback];
        };
        await using var upstream = await TestUpstream.StartAsync(new() { Protocols = HttpProtocols.Http1AndHttp2, Authority = _outside.Authority, Names = [Outside.Host] });
        await _outside.AllowOriginsAsync(upstream.OriginAs(Outside.Host));
        var calls = Enumerable.Range(0, 8).Select(_ => _outside.GetAsync($"{upstream.OriginAs(Outside.Host)}/ok"));
        Assert.All(await Task.WhenAll(calls).InTime(), result => Assert.Equal(200, result.Status));
    }

    // The time-out is ten seconds, and the first of three would have had it all.
    [Fact]
    public async Task A_dead_address_leaves_time_for_the_next()
    {
        await using var upstream = await TestUpstream.StartAsync(new() { Names = [Outside.Host] });
        using var dead = await DeadAddress.CreateAsync(DeadOne, upstream.Port);
        using var another = await DeadAddress.CreateAsync(IPAddress.Parse("127.1.1.2"), upstream.Port);
        _outside.Resolves(Outside.Host, DeadOne, another.EndPoint.Address, IPAddress.Loopback);
        await _outside.AllowOriginsAsync(upstream.OriginAs(Outside.Host));
        Assert.Equal(200, (await _outside.GetAsync($"{upstream.OriginAs(Outside.Host)}/ok")).Status);
    }

    [Fact]
    public async Task Addresses_of_both_families_are_tried_early()
    {
        await using var upstream = await TestUpstream.StartAsync(new() { Names = [Outside.Host], IPv6 = true });
        IPAddress[] dead = [.. Enumerable.Range(1, 6).Select(last => IPAddress.Parse($"127.1.1.{last}"))];
        var listening = new List<DeadAddress>();
        foreach (var address in dead)
        {
            listening.Add(await DeadAddress.CreateAsync(address, upstream.Port));
        }

        _outside.Resolves(Outside.Host, [.. dead, IPAddress.IPv6Loopback]);
        await _outside.AllowOriginsAsync(upstream.OriginAs(Outside.Host));
        Assert.Equal(200, (await _outside.GetAsync($"{upstream.OriginAs(Outside.Host)}/ok")).Status);
        listening.ForEach(one => one.Dispose());
    }

    // A resolver that can't be interrupted, as the system's: its look-ups go on when the calls have gone.
    [Fact]
    public async Task Look_ups_that_do_not_end_are_counted_until_they_do()
    {
        var release = new TaskCompletionSource<IPAddress[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        _outside.Addresses[Outside.Host] = _ => release.Task;
        await using var upstream = await TestUpstream.StartAsync(new() { Names = [Outside.Host] });
        await _outside.AllowOriginsAsync(upstream.OriginAs(Outside.Host), upstream.Origin);
        var url = $"{upstream.OriginAs(Outside.Host)}/ok";
        for (var i = 0; i < 8; i++)
        {
            using var leaving = new CancellationTokenSource();
            var call = _outside.SendAsync(new(url), cancellationToken: leaving.Token);
            await leaving.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.InTime());
        }

        var refused = await _outside.RefusedAsync(VaultErrorCode.RateLimited, new(url));
        Assert.True((double)Convert.ChangeType(refused.Context!["retry_after"], typeof(double), System.Globalization.CultureInfo.InvariantCulture) > 0);
        Assert.Equal(8, _outside.Asked.Count);

        // What needs none is not kept from anything, nor is anybody else.
        Assert.Equal(200, (await _outside.GetAsync($"{upstream.Origin}/ok")).Status);
        release.SetResult([IPAddress.Loopback]);
        HttpRequestResult? result = null;
        while (result is null)
        {
            await Record.ExceptionAsync(async () => result = await _outside.GetAsync(url));
        }

        Assert.Equal(200, result.Status);
    }
}
