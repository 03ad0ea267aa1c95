using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Sanctum.Tests.Fixture;
using Sanctum.Upstream;

namespace Sanctum.Tests.Egress;

/// <summary>What has no secret in it arrives as it was sent, byte for byte, or not at all.</summary>
public sealed class DeliveryTests : IAsyncLifetime
{
    private const int Most = 100_000;

    private Outside _outside = null!;

    public async ValueTask InitializeAsync() => _outside = await Outside.CreateAsync(vault: it => it with { MaxResultBytes = Most });

    public ValueTask DisposeAsync() => _outside.DisposeAsync();

    [Theory]
    [InlineData(HttpProtocols.Http1)]
    [InlineData(HttpProtocols.Http2)]
    public async Task Every_byte_is_delivered_at_every_size(HttpProtocols protocols)
    {
        await using var upstream = await StartAsync(protocols);
        foreach (var size in (int[])[0, 1, 2, 255, 256, 4095, 4096, 4097, 16383, 16384, 16385, 32768, 65537, 74000])
        {
            Assert.Equal(Filler.Bytes(size), (await _outside.GetAsync($"{upstream.Origin}/bytes/{size}")).Body.ToArray());
            Assert.Equal(Filler.Text(size), (await _outside.GetAsync($"{upstream.Origin}/text/{size}")).Body.ToArray());
        }

        Assert.Equal(Filler.Text(9001), (await _outside.GetAsync($"{upstream.Origin}/chunked/9001/7")).Body.ToArray());
    }

    [Fact]
    public async Task Text_as_text_and_everything_else_as_base64()
    {
        await using var upstream = await StartAsync(HttpProtocols.Http1);
        var text = JsonElement.Parse(Outside.WhatIsSeen(await _outside.GetAsync($"{upstream.Origin}/text/30")));
        Assert.Equal(Filler.Text(30), Encoding.UTF8.GetBytes(text.GetProperty("body").GetString()!));
        Assert.False(text.TryGetProperty("body_base64", out _));
        var binary = JsonElement.Parse(Outside.WhatIsSeen(await _outside.GetAsync($"{upstream.Origin}/bytes/300")));
        Assert.Equal(Filler.Bytes(300), binary.GetProperty("body_base64").GetBytesFromBase64());
        Assert.False(binary.TryGetProperty("body", out _));
    }

    [Fact]
    public async Task A_secret_within_binary_is_found_and_what_is_around_it_stays()
    {
        // Who may have the secret can send it, and still gets none back.
        await _outside.Test.AllowAsync(Sanctum.Policies.PolicyActions.Retrieve, name: "retrieve");
        await using var upstream = await StartAsync(HttpProtocols.Http1);
        byte[] before = [0xFF, 0xFE, 0, 1, 2, 0x80];
        byte[] after = [0, 0xC3, 0x28, 0xFF];
        var result = await _outside.SendAsync(new($"{upstream.Origin}/echo/body", "POST")
        {
            BodyBytes = [.. before, .. Encoding.ASCII.GetBytes(Outside.Secret), .. after],
        });
        Assert.False(result.IsText);
        Assert.Equal([.. before, .. "[REDACTED]"u8, .. after], result.Body.ToArray());
    }

    [Fact]
    public async Task What_only_resembles_the_secret_stays()
    {
        await using var upstream = await StartAsync(HttpProtocols.Http1);

        // Less than three quarters of it may be what secrets share.
        const int Part = 17;
        var body = $"{Outside.Secret[..Part]} {Outside.Secret[^Part..]} {Outside.Secret[1..^1]} {Convert.ToBase64String("something else"u8)} %2F &#47; \\u002f [REDACTED]";
        var result = await _outside.SendAsync(new($"{upstream.Origin}/echo/body", "POST") { Body = body });
        Assert.Equal(body, Outside.Text(result));
        Assert.False(Assert.Single(await _outside.OutcomesAsync()).Details!.ContainsKey("scrubbed"));
    }

    [Theory]
    [InlineData("/text/99000", true)]
    [InlineData("/text/100000", false)]
    [InlineData("/text/5000000", false)]
    [InlineData("/bytes/74000", true)]
    [InlineData("/bytes/75000", false)]
    [InlineData("/endless", false)]
    [InlineData("/bomb?mib=16", false)]
    public async Task A_response_is_delivered_if_a_reply_can_carry_it(string path, bool fits)
    {
        await using var upstream = await StartAsync(HttpProtocols.Http1);
        if (fits)
        {
            Assert.InRange(Outside.WhatIsSeen(await _outside.GetAsync(upstream.Origin + path)).Length, 1, Most);
            return;
        }

        var refused = await _outside.RefusedAsync(VaultErrorCode.ResponseTooLarge, new(upstream.Origin + path)).InTime();
        Assert.InRange((long)refused.Context!["limit"], 1, Most);
        Assert.NotEqual(RequestEnding.Broken, await (await upstream.Requests.NextAsync()).Ending.InTime());
    }

    // In JSON each of these takes six bytes: the limit is on what is written, not on what came.
    [Fact]
    public async Task Counted_as_it_is_written()
    {
        await using var upstream = await StartAsync(HttpProtocols.Http1);
        foreach (var (count, fits) in ((int, bool)[])[(16_000, true), (17_000, false)])
        {
            var call = new OutgoingCall($"{upstream.Origin}/echo/body", "POST") { BodyBytes = [.. Enumerable.Repeat((byte)1, count)] };
            if (fits)
            {
                Assert.InRange(Outside.WhatIsSeen(await _outside.SendAsync(call)).Length, 6 * count, Most);
            }
            else
            {
                await _outside.RefusedAsync(VaultErrorCode.ResponseTooLarge, call);
            }
        }
    }

    [Fact]
    public async Task Headers_count_towards_the_limit_of_a_reply()
    {
        await using var outside = await Outside.CreateAsync(vault: it => it with { MaxResultBytes = 20_000 });
        await using var upstream = await TestUpstream.StartAsync();
        await outside.AllowOriginsAsync(upstream.Origin);
        await outside.GetAsync($"{upstream.Origin}/huge-headers/18/1000");
        await outside.RefusedAsync(VaultErrorCode.ResponseTooLarge, new($"{upstream.Origin}/huge-headers/21/1000"));
    }

    [Fact]
    public async Task What_is_about_the_connection_stays_with_it()
    {
        await using var raw = RawUpstream.Responding(
            "HTTP/1.1 200 OK\r\nConnection: close\r\nKeep-Alive: timeout=5\r\nProxy-Authenticate: Basic\r\nUpgrade: h2c\r\nAlt-Svc: h2=\":1\"\r\n" +
            "Set-Cookie: a=b\r\nSet-Cookie2: c=d\r\nContent-Length: 2\r\nContent-Type: text/plain\r\nETag: \"x\"\r\nX-Two: 1\r\nx-two: 2\r\n\r\nok");
        await _outside.AllowOriginsAsync(raw.Origin);
        var headers = (await _outside.GetAsync(raw.Origin)).Headers.OrderBy(header => header.Key, StringComparer.Ordinal).Select(header => $"{header.Key}: {header.Value}");
        Assert.Equal(["content-type: text/plain", "etag: \"x\"", "x-two: 1, 2"], headers);
    }

    private async Task<TestUpstream> StartAsync(HttpProtocols protocols)
    {
        var upstream = await TestUpstream.StartAsync(new() { Protocols = protocols, Authority = protocols == HttpProtocols.Http2 ? _outside.Authority : null });
        await _outside.AllowOriginsAsync(upstream.Origin);
        return upstream;
    }
}
