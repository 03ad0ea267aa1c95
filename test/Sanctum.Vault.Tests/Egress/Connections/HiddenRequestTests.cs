using Microsoft.AspNetCore.Server.Kestrel.Core;
using Sanctum.Tests.Fixture;
using Sanctum.Upstream;

namespace Sanctum.Tests.Egress.Connections;

/// <summary>A body that a service does not read is the beginning of the next request on its connection. So there is no next request on it.</summary>
public sealed class HiddenRequestTests : IAsyncLifetime
{
    private const string Hidden = "DELETE /admin/x HTTP/1.1\r\nHost: h\r\nX-Swallow: ";

    private Outside _outside = null!;

    public async ValueTask InitializeAsync() => _outside = await Outside.CreateAsync();

    public ValueTask DisposeAsync() => _outside.DisposeAsync();

    // A server that reads no bodies, keeps every connection, and takes what it finds there for requests: those of the standard libraries do.
    [Theory]
    [InlineData("GET", false)]
    [InlineData("POST", false)]
    [InlineData("PUT", false)]
    [InlineData("DELETE", false)]
    [InlineData("OPTIONS", true)]
    [InlineData("GET", true)]
    public async Task A_request_in_a_body_is_never_completed_by_the_next_call(string method, bool secure)
    {
        await using var raw = RawUpstream.Start(RespondToHeadsAsync, secure ? _outside.Authority : null);
        await _outside.AllowOriginsAsync(raw.Origin);
        await _outside.SendAsync(new($"{raw.Origin}/v1/ok", method) { Body = Hidden });
        await (await raw.Connections.NextAsync()).Ended.InTime();
        await _outside.GetAsync($"{raw.Origin}/v1/next");

        var connections = raw.Connections.ToArray();
        Assert.Equal(2, connections.Length);
        Assert.Contains("\r\nConnection: close\r\n", connections[0].Received, StringComparison.Ordinal);
        Assert.EndsWith(Hidden, connections[0].Received, StringComparison.Ordinal);
        Assert.StartsWith("GET /v1/next HTTP/1.1\r\n", connections[1].Received, StringComparison.Ordinal);
        Assert.DoesNotContain("\r\nConnection: close\r\n", connections[1].Received, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("POST", "")]
    [InlineData("GET", null)]
    [InlineData("HEAD", null)]
    [InlineData("DELETE", null)]
    public async Task A_request_without_a_body_leaves_its_connection_to_the_next(string method, string? body)
    {
        await using var upstream = await TestUpstream.StartAsync();
        await _outside.AllowOriginsAsync(upstream.Origin);
        for (var i = 0; i < 5; i++)
        {
            await _outside.SendAsync(new($"{upstream.Origin}/ok", method) { Body = body });
        }

        Assert.Equal((1, 5), (upstream.Connections, upstream.Requests.Count));
    }

    [Fact]
    public async Task Over_http_2_bodies_have_their_own_stream_and_the_connection_is_kept()
    {
        await using var upstream = await TestUpstream.StartAsync(new() { Protocols = HttpProtocols.Http1AndHttp2, Authority = _outside.Authority });
        await _outside.AllowOriginsAsync(upstream.Origin);
        for (var i = 0; i < 5; i++)
        {
            await _outside.SendAsync(new($"{upstream.Origin}/echo/body", "POST") { Body = Hidden });
        }

        Assert.All(upstream.Requests, request => Assert.Equal(("HTTP/2", null), (request.Protocol, request["connection"])));
        Assert.Equal(1, upstream.Connections);
    }

    public static TheoryData<HttpProtocols> Protocols => [HttpProtocols.Http1, HttpProtocols.Http2];

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task No_connection_serves_two_agents(HttpProtocols protocols)
    {
        await using var upstream = await TestUpstream.StartAsync(new() { Protocols = protocols, Authority = _outside.Authority });
        await _outside.AllowOriginsAsync(upstream.Origin);
        var other = (await _outside.Test.SignInAsync("other")).Caller;
        for (var i = 0; i < 3; i++)
        {
            await _outside.GetAsync($"{upstream.Origin}/ok");
            await _outside.SendAsync(new($"{upstream.Origin}/ok"), other);
        }

        Assert.Equal((2, 6), (upstream.Connections, upstream.Requests.Count));
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task No_connection_carries_two_credentials(HttpProtocols protocols)
    {
        await using var upstream = await TestUpstream.StartAsync(new() { Protocols = protocols, Authority = _outside.Authority });
        await _outside.AllowOriginsAsync(upstream.Origin);
        await _outside.StoreAsync(new() { AllowedOrigins = [upstream.Origin] }, "another-secret-of-many-characters", "other/key");
        for (var i = 0; i < 3; i++)
        {
            await _outside.GetAsync($"{upstream.Origin}/ok");
            await _outside.SendAsync(new($"{upstream.Origin}/ok") { With = "other/key" });
        }

        Assert.Equal((2, 6), (upstream.Connections, upstream.Requests.Count));
    }

    // Whatever it is told about the connection's end.
    private static async Task RespondToHeadsAsync(RawConnection connection)
    {
        while (await connection.ReadHeadAsync() is not null)
        {
            await connection.SendAsync("HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok");
        }
    }
}
