using Microsoft.AspNetCore.Server.Kestrel.Core;
using Sanctum.Agents;
using Sanctum.Credentials;
using Sanctum.Egress;
using Sanctum.Policies;
using Sanctum.Tests.Fixture;
using Sanctum.Upstream;

namespace Sanctum.Tests.Egress.Connections;

/// <summary>A connection is kept for as long as what it was made for holds, and no longer; and there are only so many.</summary>
public sealed class KeptConnectionTests : IAsyncLifetime
{
    private Outside _outside = null!;
    private RawUpstream _raw = null!;

    private TestVault Test => _outside.Test;

    public async ValueTask InitializeAsync()
    {
        _outside = await Outside.CreateAsync(it => it with { MaxIdleConnectionsPerAgent = 2, IdleTimeout = TimeSpan.FromSeconds(90), ConnectionLifetime = TimeSpan.FromMinutes(5) });
        _raw = RawUpstream.Start(RespondAsync);
        await _outside.AllowOriginsAsync(_raw.Origin);
    }

    public async ValueTask DisposeAsync()
    {
        await _outside.DisposeAsync();
        await _raw.DisposeAsync();
    }

    public static TheoryData<string> Changes => ["agent removed", "credential removed", "secret replaced", "policy removed", "policy added", "sealed", "unused"];

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task A_kept_connection_ends_when_what_it_was_made_for_changes(string change)
    {
        await _outside.GetAsync(_raw.Origin);
        var kept = await _raw.Connections.NextAsync();
        Assert.False(kept.Ended.IsCompleted);
        await (change switch
        {
            "agent removed" => Test.Vault.Agents.RemoveAsync(Test.Operator, AgentName.Parse("bot")),
            "credential removed" => Test.Vault.Credentials.RemoveAsync(Test.Operator, CredentialPath.Parse(Outside.Path)),
            "secret replaced" => Test.StoreAsync(Outside.Path, "another-secret-of-many-characters"),
            "policy removed" => Test.Vault.Policies.RemoveAsync(Test.Operator, "use"),
            "policy added" => Test.AllowAsync(PolicyActions.List, name: "more"),
            "sealed" => Test.SealAsync(),
            _ => RestAsync(),
        });
        await kept.Ended.InTime();
    }

    // With fewer, requests that run at once make new connections over and over.
    [Fact]
    public void As_many_connections_are_kept_as_requests_of_an_agent_may_run()
    {
        var usual = new EgressOptions();
        Assert.True(usual.MaxIdleConnectionsPerAgent >= usual.MaxConcurrentPerAgent);
    }

    [Fact]
    public async Task It_does_not_become_old()
    {
        await _outside.GetAsync(_raw.Origin);
        for (var i = 0; i < 6; i++)
        {
            Test.Time.Advance(TimeSpan.FromMinutes(1));
            await _outside.GetAsync(_raw.Origin);
        }

        await (await _raw.Connections.NextAsync()).Ended.InTime();
        Assert.Equal(2, _raw.Connections.Count);
    }

    [Fact]
    public async Task The_connection_that_has_rested_longest_ends_when_there_are_too_many()
    {
        await using var second = RawUpstream.Start(RespondAsync);
        await using var third = RawUpstream.Start(RespondAsync);
        await _outside.AllowOriginsAsync(_raw.Origin, second.Origin, third.Origin);
        foreach (var raw in (RawUpstream[])[_raw, second, third])
        {
            await _outside.GetAsync(raw.Origin);
            Test.Time.Advance(TimeSpan.FromSeconds(1));
        }

        await (await _raw.Connections.NextAsync()).Ended.InTime();
        await _outside.GetAsync(second.Origin);
        await _outside.GetAsync(third.Origin);
        Assert.Equal((1, 1), (second.Connections.Count, third.Connections.Count));
    }

    // Many that come at once find none and make one each; one is kept.
    [Fact]
    public async Task One_connection_is_kept_of_those_that_carry_many_requests()
    {
        await using var upstream = await TestUpstream.StartAsync(new() { Protocols = HttpProtocols.Http2, Authority = _outside.Authority });
        await _outside.AllowOriginsAsync(upstream.Origin);
        var calls = Enumerable.Range(0, 5).Select(_ => _outside.GetAsync($"{upstream.Origin}/slow")).ToList();
        for (var i = 0; i < 5; i++)
        {
            await upstream.Requests.NextAsync();
        }

        upstream.Gate("slow").Open(5);
        await Task.WhenAll(calls).InTime();
        var made = upstream.Connections;
        for (var i = 0; i < 5; i++)
        {
            await _outside.GetAsync($"{upstream.Origin}/ok");
        }

        Assert.Equal(made, upstream.Connections);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok")]
    [InlineData("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok")]
    public async Task One_that_its_service_does_not_keep_is_not_kept_here(string answer)
    {
        await using var raw = RawUpstream.Start(async connection =>
        {
            while (await connection.ReadHeadAsync() is not null)
            {
                await connection.SendAsync(answer);
            }
        });
        await _outside.AllowOriginsAsync(raw.Origin);
        await _outside.GetAsync(raw.Origin);
        await (await raw.Connections.NextAsync()).Ended.InTime();
    }

    // It takes requests and says nothing more, not even to a ping.
    [Fact]
    public async Task One_that_has_gone_deaf_is_given_up_on()
    {
        await using var outside = await Outside.CreateAsync(it => it with { PingDelay = TimeSpan.FromSeconds(2), PingTimeout = TimeSpan.FromSeconds(3) });
        await using var raw = DeafAfterOne(outside);
        await outside.AllowOriginsAsync(raw.Origin);
        await outside.GetAsync(raw.Origin);
        await outside.RefusedAsync(VaultErrorCode.UpstreamFailed, new(raw.Origin, "POST") { Body = "x", Timeout = 300 }).InTime();
        await (await raw.Connections.NextAsync()).Ended.InTime();
        Assert.Equal(200, (await outside.GetAsync(raw.Origin)).Status);
    }

    [Fact]
    public async Task One_that_let_a_call_time_out_without_a_word_is_not_used_for_the_next()
    {
        await using var raw = DeafAfterOne(_outside);
        await _outside.AllowOriginsAsync(raw.Origin);
        await _outside.GetAsync(raw.Origin);
        await _outside.RefusedAsync(VaultErrorCode.UpstreamFailed, new(raw.Origin) { Timeout = 2 }).InTime();
        Assert.Equal(200, (await _outside.GetAsync(raw.Origin)).Status);
        Assert.Equal(2, raw.Connections.Count);
    }

    private static RawUpstream DeafAfterOne(Outside outside) => RawUpstream.StartHttp2(outside.Authority, async http =>
    {
        var stream = await http.NextAsync();
        await http.SendHeadersAsync(stream!.Value, end: true, (":status", "200"));
        await http.Connection.ReadToEndAsync();
    });

    private static async Task RespondAsync(RawConnection connection)
    {
        while (await connection.ReadHeadAsync() is not null)
        {
            await connection.SendAsync(RawResponses.WellFormed);
        }
    }

    private Task RestAsync()
    {
        Test.Time.Advance(TimeSpan.FromMinutes(2));
        return Task.CompletedTask;
    }
}
