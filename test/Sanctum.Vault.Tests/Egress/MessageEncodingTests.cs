using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Sanctum.Credentials;
using Sanctum.Door;
using Sanctum.Tests.Fixture;
using Sanctum.Upstream;

namespace Sanctum.Tests.Egress;

/// <summary>What compresses the messages in a body one by one: an agent could have the secret sent back so, or send guesses, and nothing would be found.</summary>
public sealed class MessageEncodingTests : IAsyncLifetime
{
    private Outside _outside = null!;
    private TestUpstream _upstream = null!;
    private string _origin = "";

    public async ValueTask InitializeAsync()
    {
        _outside = await Outside.CreateAsync();
        _upstream = await TestUpstream.StartAsync(new() { Authority = _outside.Authority, Names = [Outside.Host], Protocols = HttpProtocols.Http2 });
        _origin = _upstream.OriginAs(Outside.Host);
        await _outside.AllowOriginsAsync(_origin);
    }

    public async ValueTask DisposeAsync()
    {
        await _outside.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [Theory]
    [InlineData("grpc-accept-encoding")]
    [InlineData("Grpc_Accept_Encoding")]
    [InlineData("connect-accept-encoding")]
    public async Task A_service_is_never_asked_to_compress_messages(string header)
    {
        var whole = await _outside.SendAsync(new($"{_origin}/echo/messages", "POST") { Headers = [(header, "gzip, identity")] });
        Told.Nothing(whole);
        Assert.Contains("[REDACTED]", Encoding.Latin1.GetString(whole.Body.Span), StringComparison.Ordinal);

        await using var exchange = await SendAsync("/echo/messages", KeyValuePair.Create(header, "gzip"));
        var text = await TextAsync(exchange);
        Told.Nothing(text);
        Assert.Contains("Bearer ****", text, StringComparison.Ordinal);

        foreach (var request in (ReceivedRequest[])[await _upstream.Requests.NextAsync().InTime(), await _upstream.Requests.NextAsync().InTime()])
        {
            Assert.Equal(("identity", "HTTP/2"), (request[header], request.Protocol));
        }
    }

    [Theory]
    [InlineData("flag")]
    [InlineData("flag,grpc-encoding")]
    [InlineData("flag,connect-content-encoding")]
    [InlineData("grpc-encoding")]
    [InlineData("flag", "application/grpc%2Bproto")]
    [InlineData("flag", "application/grpc%2Bjson;%20charset=utf-8")]
    [InlineData("flag", "application/grpc-web%2Bproto")]
    [InlineData("flag", "application/connect%2Bproto")]
    public async Task Messages_that_are_compressed_all_the_same_are_not_delivered(string force, string type = "application/grpc")
    {
        var target = $"/echo/messages?force={force}&type={type}";
        await _outside.RefusedAsync(VaultErrorCode.UpstreamFailed, new($"{_origin}{target}", "POST"));

        // Of a stream, what came before may have been delivered.
        var text = new StringBuilder();
        await Refused.WithAsync(VaultErrorCode.UpstreamFailed, async () =>
        {
            await using var exchange = await SendAsync(target);
            var buffer = new byte[100];
            while (await exchange.Body.ReadAsync(buffer).AsTask().InTime() is > 0 and var count)
            {
                text.Append(Encoding.Latin1.GetString(buffer, 0, count));
            }
        });
        Assert.DoesNotContain('\u0001', text.ToString());
        Told.Nothing(text.ToString());
    }

    [Fact]
    public async Task Messages_as_they_are_pass_whatever_their_format()
    {
        foreach (var type in (string[])["application/grpc", "application/grpc-web%2Bproto", "application/connect%2Bjson"])
        {
            var result = await _outside.SendAsync(new($"{_origin}/echo/messages?type={type}", "POST") { Headers = [("grpc-encoding", "identity"), ("connect-content-encoding", "Identity")] });
            Told.Nothing(result);
            Assert.Equal(200, result.Status);
        }
    }

    // The first message is read before the second begins, and its flag comes alone.
    [Fact]
    public async Task A_stream_ends_at_the_first_byte_of_a_message_that_is_compressed()
    {
        using var next = new SemaphoreSlim(0);
        await using var raw = RawUpstream.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: application/grpc\r\n\r\n");
            foreach (var piece in (string[])["\0\0\0", "\0\u0004word", "\u0001"])
            {
                await connection.SendAsync($"{piece.Length:x}\r\n{piece}\r\n");
            }

            await next.WaitAsync();
        });
        _origin = $"http://{Outside.Host}:{raw.Port}";
        await _outside.AllowOriginsAsync(_origin);
        var text = "";
        await Refused.WithAsync(VaultErrorCode.UpstreamFailed, async () =>
        {
            await using var exchange = await SendAsync("/").InTime();
            for (var buffer = new byte[100]; ;)
            {
                text += Encoding.Latin1.GetString(buffer, 0, await exchange.Body.ReadAsync(buffer).AsTask().InTime());
            }
        });
        Assert.StartsWith(text, "\0\0\0\0\u0004word", StringComparison.Ordinal);
        next.Release();
    }

    [Theory]
    [InlineData("grpc-encoding", "gzip")]
    [InlineData("Grpc_Encoding", "identity, gzip")]
    [InlineData("connect-content-encoding", "br")]
    public async Task A_request_whose_messages_are_compressed_is_not_sent(string header, string value)
    {
        await _outside.RefusedAsync(VaultErrorCode.InvalidParams, new($"{_origin}/ok", "POST") { Body = "anything", Headers = [(header, value)] });
        await Refused.WithAsync(VaultErrorCode.InvalidParams, () => SendAsync("/ok", KeyValuePair.Create(header, value)));
        Assert.Empty(_upstream.Requests);
    }

    [Theory]
    [InlineData("connect=v1&encoding=json&message=H4sIAAAA&base64=1&compression=gzip")]
    [InlineData("c%6fmpression=zstd&encoding=proto&messag%65=KLUv_Q")]
    [InlineData("message=x&compression=")]
    public async Task A_request_whose_message_is_compressed_in_the_query_is_not_sent(string query)
    {
        await _outside.RefusedAsync(VaultErrorCode.InvalidParams, new($"{_origin}/ok?{query}", "GET"));
        await Refused.WithAsync(VaultErrorCode.InvalidParams, () => SendAsync($"/ok?{query}"));
        Assert.Empty(_upstream.Requests);
    }

    [Theory]
    [InlineData("connect=v1&encoding=json&message=%7b%7d&compression=identity")]
    [InlineData("compression=gzip&format=csv")]
    [InlineData("message=hello")]
    public async Task Other_messages_and_compressions_in_the_query_are_sent(string query) => Assert.Equal(200, (await _outside.SendAsync(new($"{_origin}/ok?{query}", "GET"))).Status);

    [Theory]
    [InlineData("application/grpc+proto")]
    [InlineData("application/connect+json; charset=utf-8")]
    public async Task A_request_with_a_message_that_is_compressed_is_not_sent(string type)
    {
        await _outside.RefusedAsync(VaultErrorCode.InvalidParams, new($"{_origin}/ok", "POST") { BodyBytes = [0, 0, 0, 0, 1, 65, 1, 0, 0, 0, 1, 65], Headers = [("Content-Type", type)] });
        Assert.Empty(_upstream.Requests);
        Assert.Equal(200, (await _outside.SendAsync(new($"{_origin}/ok", "POST") { BodyBytes = [0, 0, 0, 0, 1, 65, 0, 0, 0, 0, 1, 65], Headers = [("Content-Type", type)] })).Status);
    }

    private Task<HttpExchange> SendAsync(string target, params KeyValuePair<string, string>[] headers) => _outside.Test.Vault.SendAsync(
        _outside.Bot, new HttpCall { Path = CredentialPath.Parse(Outside.Path), Method = "POST", Url = _origin + target, Headers = headers, Way = "test" });

    private static async Task<string> TextAsync(HttpExchange exchange)
    {
        using var reader = new StreamReader(exchange.Body, Encoding.Latin1);
        return await reader.ReadToEndAsync().InTime();
    }
}
