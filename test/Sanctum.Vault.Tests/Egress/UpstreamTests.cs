using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Sanctum.Tests.Fixture;
using Sanctum.Upstream;

namespace Sanctum.Tests.Egress;

/// <summary>The other end of the tests' requests does what it says: what it only seemed to do, no test would see.</summary>
public sealed class UpstreamTests : IDisposable
{
    private const string Secret = "Bearer sk-live/ä+1234567=";

    private readonly TestAuthority _authority = new();

    public void Dispose() => _authority.Dispose();

    [Fact]
    public async Task Everything_that_arrives_is_recorded_as_it_was_sent()
    {
        await using var upstream = await TestUpstream.StartAsync();
        using var client = Client();
        using var request = Request(upstream, "/ok/a%2fb/%2e%2e%2fc;d?e=%20f&e=g");
        (request.Method, request.Content) = (HttpMethod.Patch, new StringContent("a body"));
        request.Headers.Add("x-two", ["1", "2"]);
        Assert.Equal("ok", await TextAsync(client, request));

        var received = await upstream.Requests.NextAsync();
        Assert.Equal(("PATCH", "/ok/a%2fb/%2e%2e%2fc;d?e=%20f&e=g", "HTTP/1.1", "a body"), (received.Method, received.Target, received.Protocol, received.Text));
        Assert.Equal((Secret, "1, 2", null), (received["authorization"], received["X-Two"], received["x-none"]));
        Assert.Equal((RequestEnding.Responded, 1), (await received.Ending.InTime(), upstream.Connections));
        Assert.Same(received, Assert.Single(upstream.Requests));
    }

    [Theory]
    [InlineData(HttpProtocols.Http1, "HTTP/1.1")]
    [InlineData(HttpProtocols.Http2, "HTTP/2")]
    [InlineData(HttpProtocols.Http1AndHttp2, "HTTP/2")]
    public async Task Https_is_spoken_under_the_names_of_its_certificate(HttpProtocols protocols, string spoken)
    {
        await using var upstream = await TestUpstream.StartAsync(new() { Authority = _authority, Protocols = protocols, Names = ["api.example", "127.0.0.1"] });
        using var client = Client(_authority, upstream.Port);
        var address = $"{upstream.OriginAs("api.example")}/echo/trailer";
        using var answer = await client.SendAsync(Request(address, HttpVersion.Version20));
        Assert.Equal("see the trailer", await answer.Content.ReadAsStringAsync());
        Assert.Equal(Secret, answer.TrailingHeaders.GetValues("x-echo").Single());

        var received = await upstream.Requests.NextAsync();
        Assert.Equal((spoken, "api.example", $"api.example:{upstream.Port}"), (received.Protocol, received.ServerName, received["host"]));
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync(upstream.OriginAs("other.example")));
    }

    [Fact]
    public async Task A_certificate_that_is_another_authoritys_or_past_its_end_is_refused()
    {
        using var other = new TestAuthority();
        await using var upstream = await TestUpstream.StartAsync(new() { Authority = other });
        var expired = _authority.Issue(["127.0.0.1"], TimeProvider.System.GetUtcNow().AddMinutes(-1));
        await using var late = await TestUpstream.StartAsync(new() { Certificate = expired });
        using var client = Client(_authority);
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync($"{upstream.Origin}/ok"));
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync($"{late.Origin}/ok"));
        Assert.Equal((1, 0), (upstream.Connections, upstream.Requests.Count));
    }

    [Fact]
    public async Task Both_loopback_addresses_have_the_same_port()
    {
        await using var upstream = await TestUpstream.StartAsync(new() { IPv6 = true });
        using var client = Client();
        await client.GetAsync($"{upstream.Origin}/ok");
        await client.GetAsync($"{upstream.OriginAs("[::1]")}/ok");
        Assert.Equal([IPAddress.Loopback, IPAddress.IPv6Loopback], upstream.Requests.Select(request => request.Address));
    }

    [Theory]
    [InlineData("text", "abHost: ", "Authorization: Bearer sk-live/ä+1234567=\n")]
    [InlineData("upper", "ABHOST: ", "AUTHORIZATION: BEARER SK-LIVE/Ä+1234567=\n")]
    [InlineData("json", "\"abHost: ", @"Authorization: Bearer sk-live/\u00E4\u002B1234567=\n")]
    [InlineData("percent", "abHost%3A%20", "Authorization%3A%20Bearer%20sk-live%2F%C3%A4%2B1234567%3D%0A")]
    [InlineData("html", "abHost: ", "Authorization: Bearer sk-live/&#228;+1234567=\n")]
    public async Task An_echo_comes_in_the_form_that_is_asked_for_and_in_pieces_of_any_size(string form, string begin, string header)
    {
        await using var upstream = await TestUpstream.StartAsync();
        using var client = Client();
        foreach (var chunk in (int[])[0, 1, 7])
        {
            var echo = await TextAsync(client, Request(upstream, $"/echo/headers?as={form}&before=2&chunk={chunk}"));
            Assert.StartsWith(begin, echo, StringComparison.Ordinal);
            Assert.Contains(header, echo, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Each_piece_of_a_response_is_a_chunk()
    {
        await using var upstream = await TestUpstream.StartAsync();
        foreach (var target in (string[])["/chunked/7/3", "/echo/body?before=7&chunk=3"])
        {
            using var socket = new TcpClient("127.0.0.1", upstream.Port);
            await using var stream = socket.GetStream();
            await stream.WriteAsync(Encoding.Latin1.GetBytes($"GET {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
            using var wire = new StreamReader(stream, Encoding.Latin1);
            Assert.EndsWith("\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n1\r\ng\r\n0\r\n\r\n", await wire.ReadToEndAsync().InTime(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_body_is_echoed_in_every_form()
    {
        await using var upstream = await TestUpstream.StartAsync();
        using var client = Client();
        foreach (var form in EchoForms.Names)
        {
            using var request = Request(upstream, $"/echo/body?as={form}");
            request.Content = new ByteArrayContent([0xE4, (byte)'"']);
            var echo = Encoding.Latin1.GetString(await BytesAsync(client, request));
            Assert.Equal(
                form switch
                {
                    "text" => "ä\"",
                    "upper" => "Ä\"",
                    "json" => """
                        "\u00E4\u0022"
                        """,
                    "json-every" => """
                        "\u00e4\u0022"
                        """,
                    "percent" => "%C3%A4%22",
                    "percent-every" => "%E4%22",
                    "html" => "&#228;&quot;",
                    "html-every" => "&#228;&#34;",
                    "base64" or "base64-lines" => "5CI=",
                    "base64url" => "5CI",
                    "hex" => "e422",
                    "hex-colons" => "E4:22",
                    "hex-prefixed" => "0xe4, 0x22",
                    "decimal" => "[228, 34]",
                    "octal-every" => "\\344\\042",
                    "css-every" => "\\e4 \\22 ",
                    "quoted-printable" => "=E4\"",
                    "base32" => "4QRA",
                    "base32hex" => "SGH0",
                    "json-in-json" => "\"\\\\u00E4\\\\u0022\"",
                    "html-in-json" => "\"\\u0026#228;\\u0026quot;\"",
                    "utf-16le" => "ä\0\"\0",
                    "utf-16be" => "\0ä\0\"",
                    _ => throw new ArgumentOutOfRangeException(nameof(form), form, "what is expected of it?"),
                },
                echo);
        }
    }

    [Fact]
    public async Task The_secret_is_echoed_wherever_a_response_has_room_for_it()
    {
        await using var upstream = await TestUpstream.StartAsync();
        using var client = Client();
        using var header = await client.SendAsync(Request(upstream, "/echo/header"));
        Assert.Equal([Secret, "1"], new[] { "x-echo", "x-echo-sk-live%2F%C3%A4%2B1234567%3D" }.Select(name => header.Headers.GetValues(name).Single()));
        using var custom = Request(upstream, "/echo/header?of=x-api-key");
        custom.Headers.Add("X-API-Key", "k-1");
        Assert.Equal("k-1", (await client.SendAsync(custom)).Headers.GetValues("x-echo").Single());

        Assert.Equal($"127.0.0.1:{upstream.Port}", (await client.SendAsync(Request(upstream, "/echo/reason?of=host"))).ReasonPhrase);
        Assert.Equal($"/ok?was={Uri.EscapeDataString(Secret)}", (await client.SendAsync(Request(upstream, "/echo/location"))).Headers.Location!.OriginalString);
        using var trailer = await client.SendAsync(Request(upstream, "/echo/trailer"));
        Assert.Equal(Secret, trailer.TrailingHeaders.GetValues("x-echo").Single());
        Assert.Contains(Secret, Encoding.BigEndianUnicode.GetString(await BytesAsync(client, Request(upstream, "/utf16/be"))), StringComparison.Ordinal);
        Assert.Equal(2, (await client.SendAsync(Request(upstream, "/set-cookie"))).Headers.GetValues("Set-Cookie").Count());
    }

    [Theory]
    [InlineData(3, 7, 206, "bytes 3-7/")]
    [InlineData(3, null, 206, "bytes 3-")]
    [InlineData(null, 4, 206, "bytes ")]
    [InlineData(9999, null, 416, "bytes */")]
    public async Task A_range_is_that_part_of_the_whole(int? from, int? to, int status, string told)
    {
        await using var upstream = await TestUpstream.StartAsync();
        using var client = Client();
        using var request = Request(upstream, "/range");
        request.Headers.Range = new RangeHeaderValue(from, to);
        using var answer = await client.SendAsync(request);
        var part = Encoding.Latin1.GetString(await answer.Content.ReadAsByteArrayAsync());

        // What was echoed has the range itself in it.
        var whole = string.Concat((await upstream.Requests.NextAsync()).Headers.Select(header => $"{header.Key}: {header.Value}\n"));
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.StartsWith(told, answer.Content.Headers.GetValues("Content-Range").Single(), StringComparison.Ordinal);
        Assert.Equal(status == 416 ? "" : from is null ? whole[^to!.Value..] : whole[from.Value..(to + 1 ?? whole.Length)], part);
    }

    [Fact]
    public async Task Content_has_the_size_and_status_that_the_path_says()
    {
        await using var upstream = await TestUpstream.StartAsync();
        using var client = Client();
        using var bytes = await client.GetAsync($"{upstream.Origin}/bytes/200000");
        Assert.Equal(200_000, bytes.Content.Headers.ContentLength);
        Assert.Equal(Filler.Bytes(200_000), await bytes.Content.ReadAsByteArrayAsync());
        Assert.Equal("abc", await client.GetStringAsync($"{upstream.Origin}/text/3"));
        using var chunked = await client.GetAsync($"{upstream.Origin}/chunked/1000/300", HttpCompletionOption.ResponseHeadersRead);
        Assert.True(chunked.Headers.TransferEncodingChunked);
        Assert.Equal(Filler.Text(1000), await chunked.Content.ReadAsByteArrayAsync());
        using var redirect = await client.GetAsync($"{upstream.Origin}/status/307?location=http%3A%2F%2Fother.example%2F");
        Assert.Equal((HttpStatusCode.TemporaryRedirect, "http://other.example/"), (redirect.StatusCode, redirect.Headers.Location!.OriginalString));
        Assert.Equal(HttpStatusCode.NoContent, (await client.GetAsync($"{upstream.Origin}/status/204")).StatusCode);
        using var huge = await client.GetAsync($"{upstream.Origin}/huge-headers/50/1000");
        Assert.Equal(50, huge.Headers.Count(header => header.Key.StartsWith("x-huge-", StringComparison.Ordinal) && header.Value.Single().Length == 1000));
    }

    [Theory]
    [InlineData("gzip", "gzip")]
    [InlineData("x-gzip", "x-gzip")]
    [InlineData("gzip-members", "gzip")]
    [InlineData("gzip-twice", "gzip, gzip")]
    [InlineData("br", "br")]
    [InlineData("deflate", "deflate")]
    [InlineData("zlib", "deflate")]
    [InlineData("raw-deflate", "deflate")]
    [InlineData("zstd", "zstd")]
    [InlineData("unknown", "rot13")]
    [InlineData("mislabelled", "gzip")]
    [InlineData("corrupt", "gzip")]
    [InlineData("unchecked", "gzip")]
    [InlineData("truncated", "gzip")]
    public async Task A_coding_is_what_its_name_says(string name, string label)
    {
        await using var upstream = await TestUpstream.StartAsync();
        using var client = Client();
        using var answer = await client.SendAsync(Request(upstream, $"/encoded/{name}?chunk=5"));
        Assert.Equal(label, string.Join(", ", answer.Content.Headers.ContentEncoding));
        var encoded = new MemoryStream(await answer.Content.ReadAsByteArrayAsync());
        using Stream decoded = name switch
        {
            "br" => new BrotliStream(encoded, CompressionMode.Decompress),
            "deflate" or "zlib" => new ZLibStream(encoded, CompressionMode.Decompress),
            "raw-deflate" => new DeflateStream(encoded, CompressionMode.Decompress),
            "zstd" => new ZstdSharp.DecompressionStream(encoded),
            "gzip-twice" => new GZipStream(new GZipStream(encoded, CompressionMode.Decompress), CompressionMode.Decompress),
            "unknown" or "mislabelled" => encoded,
            _ => new GZipStream(encoded, CompressionMode.Decompress),
        };
        using var text = new StreamReader(decoded, Encoding.Latin1);
        if (name == "corrupt")
        {
            await Assert.ThrowsAsync<InvalidDataException>(() => text.ReadToEndAsync());
            return;
        }

        Assert.Contains(name == "truncated" ? Secret[..10] : Secret, await text.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("zstd")]
    public async Task A_bomb_is_small_until_it_is_inflated(string coding)
    {
        await using var upstream = await TestUpstream.StartAsync();
        using var client = Client();
        var bomb = new MemoryStream(await client.GetByteArrayAsync($"{upstream.Origin}/bomb/{coding}?mib=32"));
        Assert.InRange(bomb.Length, 1, 512 * 1024);
        using Stream inflated = coding switch
        {
            "br" => new BrotliStream(bomb, CompressionMode.Decompress),
            "zstd" => new ZstdSharp.DecompressionStream(bomb),
            _ => new GZipStream(bomb, CompressionMode.Decompress),
        };
        long size = 0;
        var buffer = new byte[64 * 1024];
        for (int read; (read = await inflated.ReadAsync(buffer)) > 0; size += read)
        {
        }

        Assert.Equal(32 * 1024 * 1024, size);
    }

    [Fact]
    public async Task What_waits_at_a_gate_goes_on_when_it_opens_or_ends_when_the_client_leaves()
    {
        await using var upstream = await TestUpstream.StartAsync();
        using var client = Client();
        var first = client.GetStringAsync($"{upstream.Origin}/slow");
        var arrived = await upstream.Requests.NextAsync();
        Assert.False(first.IsCompleted || arrived.Ending.IsCompleted);
        upstream.Gate("slow").Open();
        Assert.Equal("at last", await first.InTime());
        Assert.Equal(RequestEnding.Responded, await arrived.Ending.InTime());

        using var leaving = new CancellationTokenSource();
        var second = client.GetStringAsync($"{upstream.Origin}/slow/other", leaving.Token);
        arrived = await upstream.Requests.NextAsync();
        await leaving.CancelAsync();
        await Assert.ThrowsAsync<TaskCanceledException>(() => second);
        Assert.Equal(RequestEnding.ClientLeft, await arrived.Ending.InTime());
    }

    [Theory]
    [InlineData(HttpProtocols.Http1)]
    [InlineData(HttpProtocols.Http2)]
    public async Task Responses_come_a_byte_at_a_time_without_an_end_or_not_to_it(HttpProtocols protocols)
    {
        await using var upstream = await TestUpstream.StartAsync(new() { Authority = _authority, Protocols = protocols });
        using var client = Client(_authority);
        await using (var drip = await OpenAsync(client, upstream, "/drip/2"))
        {
            foreach (var letter in "ab")
            {
                var reading = drip.ReadAsync(new byte[8]).AsTask();
                Assert.False(reading.IsCompleted);
                upstream.Gate("drip").Open();
                Assert.Equal(1, await reading.InTime());
            }

            Assert.Equal(-1, drip.ReadByte());
        }

        var held = await OpenAsync(client, upstream, "/hold-connection");
        await held.ReadExactlyAsync(new byte["that is all".Length]).AsTask().InTime();
        var end = held.ReadAsync(new byte[1]).AsTask();
        Assert.False(end.IsCompleted);
        upstream.Gate("hold").Open();
        Assert.Equal(0, await end.InTime());

        foreach (var framing in (string[])["length", "chunked"])
        {
            await Assert.ThrowsAsync<HttpRequestException>(() => client.GetByteArrayAsync($"{upstream.Origin}/breaks/{framing}").InTime());
            Assert.Equal(RequestEnding.Broken, await upstream.Requests.Last().Ending.InTime());
        }

        var endless = await OpenAsync(client, upstream, "/endless");
        await endless.ReadExactlyAsync(new byte[1_000_000]).AsTask().InTime();
        await endless.DisposeAsync();
        Assert.Equal(RequestEnding.ClientLeft, await upstream.Requests.Last().Ending.InTime());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Raw_responses_are_sent_as_they_are_and_what_came_is_recorded(bool secure)
    {
        await using var upstream = RawUpstream.Responding(RawResponses.EchoAsTrailer, secure ? _authority : null);
        using var client = Client(_authority);
        using var request = Request($"{upstream.Origin}/a%2fb", HttpVersion.Version11);
        (request.Method, request.Content) = (HttpMethod.Post, new StringContent("a body"));
        using var answer = await client.SendAsync(request);
        Assert.Equal("ok", await answer.Content.ReadAsStringAsync());
        Assert.Equal(Secret, answer.TrailingHeaders.GetValues("x-echo").Single());

        var connection = await upstream.Connections.NextAsync();
        Assert.StartsWith("POST /a%2fb HTTP/1.1\r\n", connection.Received, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\na body", connection.Received, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(RawResponses.NotHttp)]
    [InlineData(RawResponses.MalformedStatus)]
    [InlineData(RawResponses.EchoAsStatusLine)]
    [InlineData(RawResponses.EchoAsHeaderLine)]
    [InlineData(RawResponses.EchoAsChunkSize)]
    [InlineData(RawResponses.ShortBody)]
    [InlineData(RawResponses.MalformedChunkSize)]
    [InlineData(RawResponses.ImmenseChunk)]
    [InlineData(RawResponses.NoLastChunk)]
    [InlineData(RawResponses.UnfinishedHeaders)]
    [InlineData(RawResponses.ClosedAfterHeaders)]
    public async Task A_malformed_response_fails_at_the_client(string answer)
    {
        await using var upstream = RawUpstream.Responding(answer);
        using var client = Client();
        await Assert.ThrowsAsync<HttpRequestException>(() => TextAsync(client, Request($"{upstream.Origin}/", HttpVersion.Version11)).InTime());
    }

    [Fact]
    public async Task Silence_lasts_until_the_client_leaves()
    {
        await using var upstream = RawUpstream.Start(RawResponses.Silence);
        using var leaving = new CancellationTokenSource();
        using var client = Client();
        var asking = client.GetAsync(upstream.Origin, leaving.Token);
        var connection = await upstream.Connections.NextAsync();
        await connection.Requested.InTime();
        Assert.False(asking.IsCompleted || connection.Ended.IsCompleted);
        await leaving.CancelAsync();
        await Assert.ThrowsAsync<TaskCanceledException>(() => asking);
        await connection.Ended.InTime();
    }

    [Fact]
    public async Task A_connection_may_end_without_a_response()
    {
        // What never ends, a client with a limit ends: .NET's counts announcements and headers together.
        foreach (var script in (Func<RawConnection, Task>[])[RawResponses.Nothing, RawResponses.Reset, RawResponses.HintsWithoutEnd, RawResponses.HeadersWithoutEnd])
        {
            await using var upstream = RawUpstream.Start(script);
            using var client = Client();
            await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync(upstream.Origin).InTime());
            await (await upstream.Connections.NextAsync()).Ended.InTime();
        }
    }

    [Fact]
    public async Task A_response_may_come_before_its_request()
    {
        await using var upstream = RawUpstream.Start(RawResponses.BeforeRequest);
        using var client = Client();
        Assert.Equal("ok", await client.GetStringAsync(upstream.Origin).InTime());
    }

    [Fact]
    public async Task A_mistake_in_a_script_fails_the_test()
    {
        var upstream = RawUpstream.Start(_ => throw new InvalidOperationException("a mistake"));
        using var client = Client();
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync(upstream.Origin).InTime());
        await Assert.ThrowsAsync<InvalidOperationException>(() => upstream.DisposeAsync().AsTask());
    }

    /// <summary>A client that follows, keeps and decodes nothing; with a port, every name leads there.</summary>
    private static HttpClient Client(TestAuthority? trusted = null, int? port = null)
    {
        var handler = new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, UseCookies = false, AutomaticDecompression = DecompressionMethods.None };
        handler.RequestHeaderEncodingSelector = (_, _) => Encoding.Latin1;
        handler.ResponseHeaderEncodingSelector = (_, _) => Encoding.Latin1;
        handler.SslOptions.CertificateChainPolicy = trusted?.TrustPolicy();
        if (port is { } there)
        {
            handler.ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(IPAddress.Loopback, there, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            };
        }

        return new HttpClient(handler) { DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionOrLower };
    }

    private static HttpRequestMessage Request(TestUpstream upstream, string target) => Request($"{upstream.Origin}{target}", HttpVersion.Version11);

    private static HttpRequestMessage Request(string address, Version version)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, new Uri(address, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true })) { Version = version };
        request.Headers.Add("Authorization", Secret);
        return request;
    }

    private static async Task<byte[]> BytesAsync(HttpClient client, HttpRequestMessage request)
    {
        using var answer = await client.SendAsync(request);
        return await answer.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync();
    }

    private static async Task<string> TextAsync(HttpClient client, HttpRequestMessage request) => Encoding.Latin1.GetString(await BytesAsync(client, request));

    private static async Task<Stream> OpenAsync(HttpClient client, TestUpstream upstream, string path)
    {
        var answer = await client.GetAsync($"{upstream.Origin}{path}", HttpCompletionOption.ResponseHeadersRead).InTime();
        return await answer.Content.ReadAsStreamAsync();
    }
}
