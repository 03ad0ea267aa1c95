using System.Diagnostics;
using System.Net;
using Sanctum.Tests.Fixture;
using Sanctum.Upstream;

namespace Sanctum.Tests.Egress;

/// <summary>What the process, an earlier response or the caller would add to a request, or make of its response, is not added and not made.</summary>
[Collection(nameof(ProcessWide))]
public sealed class AmbientTests : IAsyncLifetime
{
    private Outside _outside = null!;
    private TestUpstream _upstream = null!;
    private TestUpstream _other = null!;

    public async ValueTask InitializeAsync()
    {
        _outside = await Outside.CreateAsync();
        _upstream = await TestUpstream.StartAsync();
        _other = await TestUpstream.StartAsync();
        await _outside.AllowOriginsAsync(_upstream.Origin, _other.Origin);
    }

    public async ValueTask DisposeAsync()
    {
        await _outside.DisposeAsync();
        await _upstream.DisposeAsync();
        await _other.DisposeAsync();
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(303)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task A_redirect_is_returned_and_not_followed(int status)
    {
        var target = $"{_other.Origin}/ok";
        var url = $"{_upstream.Origin}/status/{status}?location={Uri.EscapeDataString(target)}";
        var result = await _outside.SendAsync(new(url, "POST") { Body = "a body" });
        Assert.Equal((status, target), (result.Status, result.Headers["location"]));
        Assert.Equal((1, 0), (_upstream.Requests.Count, _other.Connections));
    }

    [Theory]
    [InlineData("/status/301?location=/ok")]
    [InlineData("/status/300?location=/ok")]
    [InlineData("/status/401")]
    [InlineData("/status/407")]
    [InlineData("/status/408")]
    [InlineData("/status/421")]
    [InlineData("/status/425")]
    [InlineData("/status/429")]
    [InlineData("/status/503")]
    public async Task Whatever_the_status_a_request_is_sent_once(string target)
    {
        var result = await _outside.GetAsync(_upstream.Origin + target);
        Assert.Equal(target[8..11], result.Status.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Assert.Single(_upstream.Requests);
    }

    [Fact]
    public async Task A_proxy_that_the_process_was_given_sees_nothing()
    {
        string[] names = ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
        var before = names.Select(Environment.GetEnvironmentVariable).ToArray();
        var proxyBefore = HttpClient.DefaultProxy;
        try
        {
            Array.ForEach(names, name => Environment.SetEnvironmentVariable(name, _other.Origin));
            HttpClient.DefaultProxy = new WebProxy(_other.Origin);
            await using var outside = await Outside.CreateAsync();
            await outside.AllowOriginsAsync(_upstream.Origin);
            Assert.Equal("ok", Outside.Text(await outside.GetAsync($"{_upstream.Origin}/ok")));
        }
        finally
        {
            HttpClient.DefaultProxy = proxyBefore;
            for (var i = 0; i < names.Length; i++)
            {
                Environment.SetEnvironmentVariable(names[i], before[i]);
            }
        }

        Assert.Equal((1, 0), (_upstream.Requests.Count, _other.Connections));
    }

    [Fact]
    public async Task Cookies_are_neither_given_to_the_agent_nor_kept_for_the_next()
    {
        var first = await _outside.GetAsync($"{_upstream.Origin}/set-cookie");
        Assert.DoesNotContain("set-cookie", first.Headers.Keys);
        Assert.DoesNotContain("first=1", Outside.WhatIsSeen(first), StringComparison.Ordinal);
        await _outside.GetAsync($"{_upstream.Origin}/ok");
        Assert.All(_upstream.Requests, request => Assert.Null(request["cookie"]));
    }

    [Fact]
    public async Task A_trace_that_the_process_is_in_is_not_told()
    {
        using var listener = new ActivityListener
        {
            ShouldListenTo = _ => true,
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        ActivitySource.AddActivityListener(listener);
        using var activity = new Activity("outer").AddBaggage("who", "somebody").Start();
        await _outside.GetAsync($"{_upstream.Origin}/ok");
        Assert.Equal(
            ["accept-encoding", "authorization", "host", "user-agent"],
            Assert.Single(_upstream.Requests).Headers.Select(header => header.Key.ToLowerInvariant()).Order());
    }

    // The dotnet runtime puts the URL of a request on its spans; with the secret in the URL it would be in there.
    [Theory]
    [InlineData("query:key", "/ok")]
    [InlineData("path", "/ok/{secret}/x")]
    public async Task A_listener_in_the_process_learns_no_secret_from_an_address(string headerType, string path)
    {
        var seen = new System.Collections.Concurrent.ConcurrentQueue<string>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = _ => true,
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity => seen.Enqueue(string.Join(' ', activity.TagObjects.Select(tag => $"{tag.Key}={tag.Value}"))),
        };
        ActivitySource.AddActivityListener(listener);
        await _outside.StoreAsync(new() { AllowedOrigins = [_upstream.Origin], HeaderType = headerType }, "sk-live-0123456789");
        await _outside.GetAsync(_upstream.Origin + path);
        Assert.Contains("sk-live-0123456789", Assert.Single(_upstream.Requests).Target, StringComparison.Ordinal);
        Assert.All(seen, tags => Assert.DoesNotContain("sk-live-0123456789", tags, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Host", "evil.test")]
    [InlineData("authorization", "Bearer mine")]
    [InlineData("Transfer-Encoding", "chunked")]
    [InlineData("Content-Length", "0")]
    [InlineData("Connection", "authorization")]
    [InlineData("Expect", "100-continue")]
    [InlineData("Range", "bytes=0-10")]
    [InlineData("X-HTTP-Method-Override", "DELETE")]
    [InlineData("X-Fine", "a\r\nX-Evil: 1")]
    [InlineData("X-Fine\r\nX-Evil", "1")]
    public async Task A_header_that_is_not_the_callers_keeps_the_request_from_being_sent(string name, string value)
    {
        await _outside.RefusedAsync(VaultErrorCode.InvalidParams, new($"{_upstream.Origin}/ok") { Headers = [(name, value)] });
        Assert.Equal(0, _upstream.Connections);
    }

    [Fact]
    public async Task Host_on_the_wire_is_the_origins()
    {
        await using var secure = await TestUpstream.StartAsync(new() { Authority = _outside.Authority, Names = [Outside.Host] });
        await _outside.AllowOriginsAsync(secure.OriginAs(Outside.Host));
        await _outside.SendAsync(new($"{secure.OriginAs(Outside.Host)}/ok?host=evil.test"));
        var received = Assert.Single(secure.Requests);
        Assert.Equal(($"{Outside.Host}:{secure.Port}", Outside.Host), (received["host"], received.ServerName));
    }

    [Fact]
    public async Task What_is_sent_is_what_was_asked_for_byte_for_byte()
    {
        var call = new OutgoingCall($"{_upstream.Origin}/ok/a%2Fb//c;d=1/%7Ee?x=%20&y[]=1+2&%41", "PATCH")
        {
            BodyBytes = [.. Enumerable.Range(0, 256).Select(value => (byte)value)],
            Headers = [("Content-Type", "text/plain; charset=utf-8;x=1"), ("If-None-Match", "unquoted"), ("Date", "whenever"), ("Accept", "a , b")],
        };
        await _outside.SendAsync(call);
        var received = Assert.Single(_upstream.Requests);
        Assert.Equal(("PATCH", "/ok/a%2Fb//c;d=1/%7Ee?x=%20&y[]=1+2&%41"), (received.Method, received.Target));
        Assert.Equal(call.BodyBytes, received.Body);
        Assert.All(call.Headers, header => Assert.Equal(header.Value, received[header.Name]));
    }
}
