using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Sanctum.Upstream;

namespace Sanctum.Daemon.Tests.Proxy;

/// <summary>A response that breaks off: what came before reaches the client, which can tell it from a whole one.</summary>
public sealed class BrokenResponseTests
{
    // Often, and side by side: what has been written and not yet been sent would be lost once in some hundred times.
    private const int Times = 40, Clients = 12;

    [Theory]
    [InlineData("Content-Length: 100", "")]
    [InlineData("Content-Length: 100", "{01234567}")]
    [InlineData("Transfer-Encoding: chunked", "")]
    [InlineData("Transfer-Encoding: chunked", "a\r\n{01234567}\r\n")]
    public async Task Over_HTTP_1_the_client_gets_the_head_and_what_came_and_no_end(string framing, string body)
    {
        await using var breaking = RawUpstream.Responding($"HTTP/1.1 200 OK\r\nX-Seen: yes\r\n{framing}\r\n\r\n{body}");
        await using var proxy = await ProxyFixture.StartAsync(origins: [breaking.Origin]);
        var target = $"127.0.0.1:{breaking.Port}";
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(async _ =>
        {
            for (var i = 0; i < Times; i++)
            {
                using var wire = await proxy.TunnelAsync(target);
                await wire.SendAsync($"GET /breaks HTTP/1.1\r\nHost: {target}\r\n\r\n");
                var head = await wire.ReadHeadAsync();
                Assert.Equal(("HTTP/1.1 200 OK", "yes"), (head[0], ProxyWire.HeaderOf(head, "X-Seen")));
                var rest = await ReadToEndAsync(wire);
                Assert.DoesNotContain("\r\n0\r\n", "\r\n" + rest, StringComparison.Ordinal);
                Assert.True(rest.Length < 100, rest);

                // Letters and digits at the end could yet begin a secret, and would be held back.
                Assert.Contains(body.Length > 0 ? "{01234567}" : "", rest, StringComparison.Ordinal);
            }
        }));
    }

    // Without chunks only a reset tells a body that was cut off from one that has ended. Unix sockets have none.
    [Fact]
    public async Task Over_HTTP_1_0_the_TCP_connection_is_reset()
    {
        await using var breaking = RawUpstream.Responding("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n");
        await using var proxy = await ProxyFixture.StartAsync(origins: [breaking.Origin]);
        var target = $"127.0.0.1:{breaking.Port}";
        var wire = await proxy.ConnectAsync(overTcp: true);
        await wire.SendAsync($"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\nProxy-Authorization: {proxy.Authorization}\r\n\r\n");
        Assert.Equal("HTTP/1.1 200 Connection Established", (await wire.ReadHeadAsync())[0]);
        await wire.SendAsync($"GET /breaks HTTP/1.0\r\nHost: {target}\r\n\r\n");
        var broken = await Assert.ThrowsAsync<IOException>(() => ReadToEndAsync(wire));
        Assert.Equal(SocketError.ConnectionReset, (broken.InnerException as SocketException)?.SocketErrorCode);
    }

    [Fact]
    public async Task Over_HTTP_2_the_client_gets_the_head_and_a_stream_that_is_reset()
    {
        await using var proxy = await ProxyFixture.StartAsync(options: new UpstreamOptions());
        using var client = ClientOf(proxy);
        for (var i = 0; i < Times; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"https://{proxy.Target}/breaks/chunked"))
            {
                Version = HttpVersion.Version20,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            };
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            Assert.Equal((HttpStatusCode.OK, HttpVersion.Version20), (response.StatusCode, response.Version));
            var broken = await Assert.ThrowsAsync<HttpProtocolException>(() => ReadAllAsync(response));
            Assert.Equal(2, broken.ErrorCode);
        }
    }

    private static async Task ReadAllAsync(HttpResponseMessage response)
    {
        try
        {
            await response.Content.LoadIntoBufferAsync();
        }
        catch (HttpRequestException broken) when (broken.InnerException is HttpProtocolException reset)
        {
            throw reset;
        }
    }

    private static async Task<string> ReadToEndAsync(ProxyWire wire)
    {
        var text = new StringBuilder();
        while (await wire.ReadAsync(1024) is { Length: > 0 } more)
        {
            text.Append(more);
        }

        return text.ToString();
    }

    private static HttpClient ClientOf(ProxyFixture proxy) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, _) =>
        {
            var wire = await proxy.TunnelAsync();
            return new NetworkStream(wire.Socket, ownsSocket: false);
        },
        SslOptions = new SslClientAuthenticationOptions
        {
            CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                CustomTrustStore = { X509Certificate2.CreateFromPem(proxy.Authority) },
                RevocationMode = X509RevocationMode.NoCheck,
            },
        },
    });
}
