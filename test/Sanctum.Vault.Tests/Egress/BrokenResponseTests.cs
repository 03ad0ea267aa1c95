using System.Net;
using System.Net.Sockets;
using System.Reflection;
using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Sanctum.Tests.Fixture;
using Sanctum.Upstream;

namespace Sanctum.Tests.Egress;

/// <summary>A response is whole or it is none, and what is said about one that is none is said in our own words.</summary>
public sealed class BrokenResponseTests : IAsyncLifetime
{
    // What every client takes, or what has one meaning only.
    private static readonly HashSet<string> Tolerable = new(StringComparer.Ordinal)
    {
        nameof(RawResponses.WellFormed), nameof(RawResponses.UntilClosed), nameof(RawResponses.TwoResponses), nameof(RawResponses.EchoAsTrailer),
        nameof(RawResponses.BareLineFeed), nameof(RawResponses.FoldedHeader), nameof(RawResponses.SpaceBeforeColon),
        nameof(RawResponses.NulInHeader), nameof(RawResponses.BareCarriageReturn),
    };

    private Outside _outside = null!;

    public async ValueTask InitializeAsync() => _outside = await Outside.CreateAsync();

    public ValueTask DisposeAsync() => _outside.DisposeAsync();

    public static TheoryData<string> Responses => new(
        typeof(RawResponses).GetFields(BindingFlags.Public | BindingFlags.Static)
            .Where(constant => constant.IsLiteral && constant.Name != nameof(RawResponses.Authorization)).Select(constant => constant.Name));

    [Theory]
    [MemberData(nameof(Responses))]
    public async Task What_no_server_should_send_tells_nothing_in_a_response_or_an_error(string name)
    {
        await using var raw = RawUpstream.Responding((string)typeof(RawResponses).GetField(name)!.GetRawConstantValue()!);
        await _outside.AllowOriginsAsync(raw.Origin);
        var outcome = await Record.ExceptionAsync(async () => Told.Nothing(await _outside.GetAsync(raw.Origin)));
        if (outcome is null)
        {
            Assert.Contains(name, Tolerable);
            return;
        }

        var refused = Assert.IsType<VaultException>(outcome);
        Assert.Equal((VaultErrorCode.UpstreamFailed, null), (refused.Code, refused.InnerException));
        Told.Nothing($"{refused} {refused.Suggestion} {string.Join(' ', refused.Context?.Values ?? [])}");
        Assert.DoesNotContain("Bearer", refused.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(name, Tolerable);
    }

    // Half of an echo has half of the secret in it, which nothing finds.
    [Theory]
    [InlineData("HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-1/100\r\nContent-Length: 2\r\n\r\nok")]
    [InlineData("HTTP/1.1 206 Partial Content\r\nContent-Length: 2\r\n\r\nok")]
    [InlineData("HTTP/1.1 206 OK\r\nContent-Type: multipart/byteranges; boundary=x\r\nContent-Length: 2\r\n\r\nok")]
    [InlineData("HTTP/1.1 226 IM Used\r\nIM: range\r\nContent-Length: 2\r\n\r\nok")]
    [InlineData(RawResponses.SwitchingProtocols)]
    [InlineData(RawResponses.ShortBody)]
    [InlineData(RawResponses.NoLastChunk)]
    [InlineData(RawResponses.ClosedAfterHeaders)]
    public async Task A_part_is_not_delivered(string answer)
    {
        await using var raw = RawUpstream.Responding(answer);
        await _outside.AllowOriginsAsync(raw.Origin);
        await _outside.RefusedAsync(VaultErrorCode.UpstreamFailed, new(raw.Origin));
    }

    [Theory]
    [InlineData(HttpProtocols.Http1, "length")]
    [InlineData(HttpProtocols.Http1, "chunked")]
    [InlineData(HttpProtocols.Http2, "length")]
    [InlineData(HttpProtocols.Http2, "chunked")]
    public async Task A_response_that_ends_early_is_not_delivered(HttpProtocols protocols, string framing)
    {
        await using var upstream = await TestUpstream.StartAsync(new() { Protocols = protocols, Authority = _outside.Authority });
        await _outside.AllowOriginsAsync(upstream.Origin);
        await _outside.RefusedAsync(VaultErrorCode.UpstreamFailed, new($"{upstream.Origin}/breaks/{framing}"));
        Assert.Single(upstream.Requests);
        Assert.Equal("ok", Outside.Text(await _outside.GetAsync($"{upstream.Origin}/ok")));
    }

    [Theory]
    [InlineData(HttpProtocols.Http1, "/huge-headers/100/1000")]
    [InlineData(HttpProtocols.Http2, "/huge-headers/100/1000")]
    [InlineData(HttpProtocols.Http1, "/huge-headers/1/70000")]
    [InlineData(HttpProtocols.Http2, "/huge-headers/1/70000")]
    public async Task There_is_an_end_to_headers(HttpProtocols protocols, string path)
    {
        await using var upstream = await TestUpstream.StartAsync(new() { Protocols = protocols, Authority = _outside.Authority });
        await _outside.AllowOriginsAsync(upstream.Origin);
        await _outside.RefusedAsync(VaultErrorCode.UpstreamFailed, new(upstream.Origin + path));
    }

    [Fact]
    public async Task There_is_an_end_to_trailers()
    {
        await using var raw = RawUpstream.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n");
            for (var i = 0; ; i++)
            {
                await connection.SendAsync($"x-{i}: {new string('v', 1000)}\r\n");
            }
        });
        await _outside.AllowOriginsAsync(raw.Origin);
        await _outside.RefusedAsync(VaultErrorCode.UpstreamFailed, new(raw.Origin)).InTime();
    }

    [Fact]
    public async Task A_head_that_never_ends_is_refused()
    {
        await using var raw = RawUpstream.Start(RawResponses.HeadersWithoutEnd);
        await _outside.AllowOriginsAsync(raw.Origin);
        await _outside.RefusedAsync(VaultErrorCode.UpstreamFailed, new(raw.Origin)).InTime();
    }

    [Fact]
    public async Task A_second_response_is_nobodys()
    {
        await using var raw = RawUpstream.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync(RawResponses.TwoResponses);
            await connection.ReadToEndAsync();
        });
        await _outside.AllowOriginsAsync(raw.Origin);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal("ok", Outside.Text(await _outside.GetAsync(raw.Origin)));
        }
    }

    [Theory]
    [InlineData("closed", "closed the connection before it sent a response")]
    [InlineData("reset", "closed the connection before it sent a response")]
    [InlineData("cut off", "closed the connection before it sent a response")]
    [InlineData("half a head, cut off", "closed the connection before it sent a response")]
    [InlineData("no TLS record", "broke before there was a response")]
    [InlineData("no HTTP", "not valid HTTP")]
    public async Task A_connection_that_ends_is_not_called_invalid_HTTP(string end, string said)
    {
        foreach (var size in (int[])[0, 4 * 1024 * 1024])
        {
            await using var raw = RawUpstream.Start(connection => EndAsync(connection, end), _outside.Authority);
            await _outside.AllowOriginsAsync(raw.Origin);
            var refused = await _outside.RefusedAsync(VaultErrorCode.UpstreamFailed, new(raw.Origin, "POST") { BodyBytes = new byte[size] }).InTime();
            Assert.Contains(said, refused.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_request_that_HTTP_2_resets_is_not_called_invalid_HTTP()
    {
        await using var raw = RawUpstream.StartHttp2(_outside.Authority, async http =>
        {
            await http.ResetAsync((await http.NextAsync())!.Value, error: 11);
            await http.NextAsync();
        });
        await _outside.AllowOriginsAsync(raw.Origin);
        var refused = await _outside.RefusedAsync(VaultErrorCode.UpstreamFailed, new(raw.Origin, "POST") { Body = "pay 10" }).InTime();
        Assert.Contains("ended the request with error 11 of HTTP/2, without a response", refused.Message, StringComparison.Ordinal);
    }

    private static async Task EndAsync(RawConnection connection, string end)
    {
        await connection.ReadHeadAsync();
        switch (end)
        {
            case "closed":
                connection.CloseUnread();
                return;
            case "reset":
                connection.Reset();
                return;
            case "no HTTP":
                await connection.SendAsync("220 mail.example ESMTP\r\n\r\n");
                await connection.ReadToEndAsync();
                return;
            case "no TLS record":
                await connection.SendOutsideTlsAsync("HTTP/1.1 200 OK\r\n\r\n");
                await connection.ReadToEndAsync();
                return;
            default:
                await connection.SendAsync(end.StartsWith("half", StringComparison.Ordinal) ? "HTTP/1.1 200 OK\r\nConn" : "");
                connection.CutOff();
                await connection.ReadToEndAsync();
                return;
        }
    }

    // Whether the service has done something before it went, nobody knows. For GET the handler tries again, which does nothing twice.
    [Theory]
    [InlineData("DELETE", null, false)]
    [InlineData("POST", null, false)]
    [InlineData("POST", "pay 10", false)]
    [InlineData("GET", null, true)]
    [InlineData("DELETE", null, true)]
    [InlineData("POST", null, true)]
    [InlineData("POST", "pay 10", true)]
    public async Task A_request_that_got_no_response_is_not_sent_again(string method, string? body, bool reset)
    {
        await using var raw = RawUpstream.Start(reset ? RawResponses.Reset : RawResponses.Nothing);
        await _outside.AllowOriginsAsync(raw.Origin);
        await _outside.RefusedAsync(VaultErrorCode.UpstreamFailed, new(raw.Origin, method) { Body = body });
        Assert.Single(raw.Connections);
    }

    [Theory]
    [InlineData("DELETE", null)]
    [InlineData("POST", "pay 10")]
    public async Task A_request_that_got_no_response_is_not_sent_again_on_a_warm_connection_either(string method, string? body)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var origin = $"http://{listener.LocalEndpoint}";
        await _outside.AllowOriginsAsync(origin);
        var serving = RespondOnceAsync(listener);
        await _outside.GetAsync(origin);
        await _outside.RefusedAsync(VaultErrorCode.UpstreamFailed, new(origin, method) { Body = body });
        listener.Stop();
        Assert.Equal((1, 2), await serving.InTime());
    }

    [Fact]
    public async Task A_response_that_comes_before_its_request_is_refused()
    {
        await using var raw = RawUpstream.Start(RawResponses.BeforeRequest);
        await _outside.AllowOriginsAsync(raw.Origin);
        var outcome = await Record.ExceptionAsync(() => _outside.GetAsync(raw.Origin));
        Assert.True(outcome is null or VaultException { Code: VaultErrorCode.UpstreamFailed }, $"{outcome}");
    }

    // Responses the first request, and takes every other one without a word, until nobody listens any more.
    private static async Task<(int Connections, int Requests)> RespondOnceAsync(TcpListener listener)
    {
        var (connections, requests) = (0, 0);
        while (true)
        {
            try
            {
                using var client = await listener.AcceptTcpClientAsync();
                connections++;
                var buffer = new byte[16 * 1024];
                while (await client.GetStream().ReadAsync(buffer) > 0 && ++requests == 1)
                {
                    await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(RawResponses.WellFormed));
                }
            }
            catch (Exception stopped) when (stopped is SocketException or InvalidOperationException)
            {
                // Stopped while it was waiting, or before it began to.
                return (connections, requests);
            }
        }
    }
}
