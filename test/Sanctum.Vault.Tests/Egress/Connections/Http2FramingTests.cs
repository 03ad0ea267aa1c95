using Sanctum.Egress.Connections;
using Sanctum.Tests.Fixture;
using Sanctum.Upstream;

namespace Sanctum.Tests.Egress.Connections;

/// <summary>Over HTTP/2 too a response is as long as it says and framed in one way, or it is none.</summary>
public sealed class Http2FramingTests : IAsyncLifetime
{
    private const string Body = "this text has forty-two characters in all.";

    private static readonly (string, string) Ok = (":status", "200");

    private Outside _outside = null!;

    public async ValueTask InitializeAsync() => _outside = await Outside.CreateAsync();

    public ValueTask DisposeAsync() => _outside.DisposeAsync();

    [Theory]
    [InlineData("end")]
    [InlineData("empty end")]
    [InlineData("trailers")]
    [InlineData("reset without error")]
    [InlineData("refused")]
    [InlineData("no data")]
    public async Task A_body_that_is_shorter_than_its_length_is_not_delivered(string how)
    {
        await RefusedAsync(async (http, stream) =>
        {
            await http.SendHeadersAsync(stream, how == "no data", Ok, ("content-length", "42"));
            await (how switch
            {
                "end" => http.SendDataAsync(stream, end: true, Body[..30]),
                "no data" => Task.CompletedTask,
                _ => http.SendDataAsync(stream, end: false, Body[..30]),
            });
            await (how switch
            {
                "empty end" => http.SendDataAsync(stream, end: true, ""),
                "trailers" => http.SendHeadersAsync(stream, end: true, ("x-last", "1")),
                "reset without error" => http.ResetAsync(stream, RawHttp2.NoError),
                "refused" => http.ResetAsync(stream, RawHttp2.RefusedStream),
                _ => Task.CompletedTask,
            });
        });
        Assert.Equal("1", Assert.Single(await _outside.OutcomesAsync()).Details!["sends"]);
    }

    [Theory]
    [InlineData("41")]
    [InlineData("0")]
    [InlineData("41, 42")]
    [InlineData("-42")]
    [InlineData("")]
    public async Task A_body_that_is_longer_than_its_length_is_not_delivered(string length) => await RefusedAsync(async (http, stream) =>
    {
        await http.SendHeadersAsync(stream, end: false, Ok, ("content-length", length));
        await http.SendDataAsync(stream, end: true, Body);
    });

    [Theory]
    [InlineData("transfer-encoding", "chunked")]
    [InlineData("transfer-encoding", "identity")]
    [InlineData("connection", "close")]
    [InlineData("keep-alive", "timeout=5")]
    [InlineData("proxy-connection", "keep-alive")]
    [InlineData("upgrade", "h2c")]
    public async Task What_is_about_a_connection_is_refused_in_a_head_and_in_trailers(string name, string value)
    {
        await RefusedAsync(async (http, stream) =>
        {
            await http.SendHeadersAsync(stream, end: false, Ok, (name, value));
            await http.SendDataAsync(stream, end: true, $"15\r\n{Body[..21]}\r\n15\r\n{Body[21..]}\r\n0\r\n\r\n");
        });
        await RefusedAsync(async (http, stream) =>
        {
            await http.SendHeadersAsync(stream, end: false, Ok);
            await http.SendDataAsync(stream, end: false, Body);
            await http.SendHeadersAsync(stream, end: true, (name, value));
        });
    }

    [Theory]
    [InlineData("GET", "200", "42", Body)]
    [InlineData("GET", "200", null, Body)]
    [InlineData("HEAD", "200", "42", "")]
    [InlineData("GET", "304", "42", "")]
    [InlineData("GET", "204", null, "")]
    public async Task A_body_that_is_as_it_says_is_delivered(string method, string status, string? length, string body)
    {
        await using var raw = Start(async (http, stream) =>
        {
            (string, string)[] head = [(":status", status), .. length is null ? ((string, string)[])[] : [("content-length", length)]];
            await http.SendHeadersAsync(stream, body.Length == 0, head);
            if (body.Length > 0)
            {
                await http.SendDataAsync(stream, end: false, body[..20]);
                await http.SendDataAsync(stream, end: false, body[20..]);
                await http.SendHeadersAsync(stream, end: true, ("x-last", "1"));
            }
        });
        await _outside.AllowOriginsAsync(raw.Origin);
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(body, Outside.Text(await _outside.SendAsync(new(raw.Origin, method))));
        }

        Assert.Single(raw.Connections);
    }

    [Theory]
    [InlineData("HEAD", "200")]
    [InlineData("GET", "204")]
    [InlineData("GET", "304")]
    public async Task A_body_where_there_can_be_none_is_not_delivered(string method, string status) => await RefusedAsync(
        async (http, stream) =>
        {
            await http.SendHeadersAsync(stream, end: false, (":status", status));
            await http.SendDataAsync(stream, end: true, Body);
        },
        method);

    // What comes after the end is not a part of it, nor of what comes next.
    [Fact]
    public async Task Data_after_the_end_is_nobodys()
    {
        await using var raw = Start(async (http, stream) =>
        {
            await http.SendHeadersAsync(stream, end: false, Ok);
            await http.SendDataAsync(stream, end: true, Body);
            await http.SendDataAsync(stream, end: true, "forged");
            await http.SendDataAsync(stream + 2, end: true, "forged");
        });
        await _outside.AllowOriginsAsync(raw.Origin);
        for (var i = 0; i < 3; i++)
        {
            var outcome = await Record.ExceptionAsync(async () => Assert.Equal(Body, Outside.Text(await _outside.GetAsync(raw.Origin))));
            Assert.True(outcome is null or VaultException { Code: VaultErrorCode.UpstreamFailed }, $"{outcome}");
        }
    }

    [Fact]
    public async Task A_response_that_is_promised_is_no_response() => await RefusedAsync(async (http, stream) =>
    {
        await http.PromiseAsync(stream, 2, (":method", "GET"), (":scheme", "https"), (":authority", "127.0.0.1"), (":path", "/"));
        await http.SendHeadersAsync(2, end: false, Ok);
        await http.SendDataAsync(2, end: true, "forged");
    });

    // Announcements count as headers do.
    [Fact]
    public async Task Announcements_have_an_end()
    {
        await using var raw = Start(async (http, stream) =>
        {
            while (true)
            {
                await http.SendHeadersAsync(stream, end: false, (":status", "103"), ("link", "</style.css>; rel=preload"));
            }
        });
        await _outside.AllowOriginsAsync(raw.Origin);
        await _outside.RefusedAsync(VaultErrorCode.UpstreamFailed, new(raw.Origin)).InTime();
    }

    // .NET's client has an acknowledgement ready for each, in memory, until the service reads it.
    [Theory]
    [InlineData("ping")]
    [InlineData("settings")]
    public async Task A_service_that_asks_for_acknowledgements_and_reads_none_is_given_up_on(string kind)
    {
        byte[] frame = kind == "ping" ? [0, 0, 8, 6, 0, 0, 0, 0, 0, .. new byte[8]] : [0, 0, 0, 4, 0, 0, 0, 0, 0];
        var thousand = Enumerable.Repeat(frame, 1000).SelectMany(it => it).ToArray();
        await using var raw = Start(async (http, _) =>
        {
            // More than all sockets between hold, and an end: what is not given up on must not fill this machine.
            for (var i = 0; i < 3000; i++)
            {
                await http.Connection.SendAsync(thousand);
            }

            await http.Connection.ReadToEndAsync();
        });
        await _outside.AllowOriginsAsync(raw.Origin);
        var refused = await _outside.RefusedAsync(VaultErrorCode.UpstreamFailed, new(raw.Origin)).InTime();
        Assert.Contains("acknowledgement", refused.Message, StringComparison.Ordinal);
        await (await raw.Connections.NextAsync()).Ended.InTime();
    }

    [Fact]
    public async Task A_service_that_pings_and_reads_is_not_given_up_on()
    {
        await using var raw = Start(async (http, stream) =>
        {
            for (var i = 0; i < 3 * Unacknowledged.Most; i++)
            {
                await http.Connection.SendAsync((byte[])[0, 0, 8, 6, 0, 0, 0, 0, 0, .. new byte[8]]);
                await http.AcknowledgedAsync();
            }

            await http.SendHeadersAsync(stream, end: false, Ok);
            await http.SendDataAsync(stream, end: true, Body);
        });
        await _outside.AllowOriginsAsync(raw.Origin);
        Assert.Equal(Body, Outside.Text(await _outside.GetAsync(raw.Origin).InTime()));
    }

    private async Task RefusedAsync(Func<RawHttp2, int, Task> answer, string method = "GET")
    {
        await using var raw = Start(answer);
        await _outside.AllowOriginsAsync(raw.Origin);
        await _outside.RefusedAsync(VaultErrorCode.UpstreamFailed, new(raw.Origin, method)).InTime();
        Assert.Single(raw.Connections);
    }

    private RawUpstream Start(Func<RawHttp2, int, Task> answer) => RawUpstream.StartHttp2(_outside.Authority, async http =>
    {
        while (await http.NextAsync() is { } stream)
        {
            await answer(http, stream);
        }
    });
}
