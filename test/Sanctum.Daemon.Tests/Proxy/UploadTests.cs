using System.Net;
using System.Net.Sockets;
using System.Text;
using Sanctum.Upstream;

namespace Sanctum.Daemon.Tests.Proxy;

/// <summary>Bodies as real programs send them, and the heads before them.</summary>
public sealed class UploadTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task The_secret_is_in_the_head_of_an_upload_that_has_only_begun()
    {
        var head = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var service = RawUpstream.Start(async connection =>
        {
            head.SetResult((await connection.ReadHeadAsync())!);
            await connection.ReadRequestAsync();
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        });
        await using var proxy = await ProxyFixture.StartAsync(origins: [service.Origin]);
        var target = $"127.0.0.1:{service.Port}";
        var wire = await proxy.TunnelAsync(target);
        await wire.SendAsync($"PUT /large HTTP/1.1\r\nHost: {target}\r\nContent-Length: 100000\r\nAuthorization: Bearer {proxy.Placeholder}\r\n\r\nbegun");
        Assert.Contains($"Authorization: Bearer {ProxyFixture.Secret}", await head.Task.WaitAsync(Patience), StringComparison.Ordinal);
        await wire.SendAsync(new string('x', 99_995));
        Assert.Equal(200, await FinishAsync(wire));
    }

    // As git pushes: a request that only asks, and then the pack in chunks, whose size it does not know.
    [Fact]
    public async Task A_probe_and_then_chunks_that_wait_to_be_wanted_pass_on_one_connection()
    {
        await using var proxy = await ProxyFixture.StartAsync();
        var wire = await proxy.SecureTunnelAsync();
        await wire.SendAsync($"POST /ok/repository/git-receive-pack HTTP/1.1\r\nHost: {proxy.Target}\r\nContent-Type: application/x-git-receive-pack-request\r\nContent-Length: 4\r\n\r\n0000");
        Assert.Equal(200, await FinishAsync(wire));
        await wire.SendAsync(
            $"POST /ok/repository/git-receive-pack HTTP/1.1\r\nHost: {proxy.Target}\r\nContent-Type: application/x-git-receive-pack-request\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n");
        Assert.Equal("HTTP/1.1 100 Continue", (await wire.ReadHeadAsync())[0]);
        await wire.SendAsync("5\r\nPACK1\r\n");
        await wire.SendAsync("3\r\nend\r\n0\r\n\r\n");
        Assert.Equal(200, await FinishAsync(wire));
        Assert.Equal(["0000", "PACK1end"], proxy.Upstream.Requests.Select(request => request.Text));
        Assert.All(proxy.Upstream.Requests, request => Assert.Equal($"Bearer {ProxyFixture.Secret}", request["Authorization"]));
    }

    // A URL that was signed for 'host' is not good for 'host:80'.
    [Theory]
    [InlineData("http://127.93.0.17")]
    [InlineData("http://127.93.0.17:80")]
    public async Task The_default_port_is_not_in_the_Host_header(string origin)
    {
        using var service = Listen(new IPEndPoint(IPAddress.Parse("127.93.0.17"), 80));
        await using var proxy = await ProxyFixture.StartAsync(origins: ["http://127.93.0.17"]);
        var wire = await proxy.ConnectAsync();
        await wire.SendAsync($"GET {origin}/object?part=%2F&X-Amz-Expires=60 HTTP/1.1\r\nHost: 127.93.0.17:80\r\nProxy-Authorization: {proxy.Authorization}\r\n\r\n");
        using var accepted = await service.AcceptSocketAsync().WaitAsync(Patience);
        await using var stream = new NetworkStream(accepted);
        var head = new StringBuilder();
        var buffer = new byte[1024];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            head.Append(Encoding.Latin1.GetString(buffer, 0, await stream.ReadAsync(buffer).AsTask().WaitAsync(Patience)));
        }

        Assert.StartsWith("GET /object?part=%2F&X-Amz-Expires=60 HTTP/1.1\r\n", head.ToString(), StringComparison.Ordinal);
        Assert.Contains("\r\nHost: 127.93.0.17\r\n", head.ToString(), StringComparison.Ordinal);
    }

    // Ports below 1024 are not everybody's.
    private static TcpListener Listen(IPEndPoint endpoint)
    {
        var listener = new TcpListener(endpoint);
        try
        {
            listener.Start();
            return listener;
        }
        catch (SocketException refused)
        {
            listener.Dispose();
            Assert.Skip($"this user can't listen on {endpoint}: {refused.Message}");
            throw;
        }
    }

    // The length of a body of unknown size is in its chunks.
    private static async Task<int> FinishAsync(ProxyWire wire)
    {
        var head = await wire.ReadHeadAsync();
        if (head.Any(line => line.StartsWith("Transfer-Encoding:", StringComparison.OrdinalIgnoreCase)))
        {
            var text = "";
            while (!text.EndsWith("0\r\n\r\n", StringComparison.Ordinal))
            {
                text += await wire.ReadAsync(1);
            }
        }

        return int.Parse(head[0].Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
    }
}
