using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Sanctum.Credentials;
using Sanctum.Upstream;

namespace Sanctum.Daemon.Tests.Rpc;

/// <summary>An agent that hangs up while the daemon waits for something else than its next frame. What it sent for is not waited for any longer.</summary>
public sealed class HangUpTests : IAsyncLifetime
{
    private const int Running = 4;

    private TestUpstream _upstream = null!;
    private VaultFixture _vault = null!;

    public async ValueTask InitializeAsync()
    {
        _upstream = await TestUpstream.StartAsync();
        _vault = await VaultFixture.CreateAsync((opened, by) => opened.Credentials.StoreAsync(
            by, CredentialPath.Parse("app/service"), Encoding.UTF8.GetBytes("CANARY-of-a-service"), new CredentialOptions { AllowedOrigins = [_upstream.Origin] }));
    }

    public async ValueTask DisposeAsync()
    {
        await _vault.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    // These wait until nothing else runs on the connection, and the service never responds.
    [Theory]
    [InlineData("authenticate", """{"agent_name":"worker"}""")]
    [InlineData("logout", "{}")]
    public Task Who_hangs_up_while_a_change_of_the_session_waits_has_nothing_running(string method, string parameters) =>
        HangUpAsync("", AgentWire.Frame($$"""{"id":99,"method":"{{method}}","params":{{parameters}}}"""));

    [Fact]
    public Task Who_hangs_up_while_a_call_waits_for_a_place_has_nothing_running() =>
        HangUpAsync(""","limits":{"requests_in_flight":4}""", AgentWire.Frame("""{"id":99,"method":"list","params":{}}"""));

    // A length of 900,000 bytes: all of the memory for it has to be there before more is read.
    [Fact]
    public Task Who_hangs_up_while_a_large_frame_waits_for_memory_has_nothing_running() =>
        HangUpAsync(""","limits":{"request_frame":1048576,"request_memory":8,"frame_timeout":3600}""", [0x00, 0x0d, 0xbb, 0xa0], new string('x', 250_000));

    // Behind what it has no room for, the transport does not see the end.
    [Fact]
    public async Task Who_hangs_up_after_more_than_the_daemon_takes_has_nothing_running()
    {
        _vault.Configure($$$"""{"egress":{"concurrent_requests":{{{Running}}}}}""");
        await using var daemon = await _vault.StartAsync();
        var wire = await SendAsync("");
        await wire.SendAsync(AgentWire.Frame("""{"id":99,"method":"logout","params":{}}"""));
        byte[] more = [.. Enumerable.Repeat(AgentWire.Frame("""{"id":100,"method":"list","params":{}}"""), 400).SelectMany(frame => frame)]; // The system counts small pieces as large ones.
        wire.Socket.Blocking = false;
        for (var error = SocketError.Success; error == SocketError.Success;)
        {
            wire.Socket.Send(more, SocketFlags.None, out error);
        }

        await EndsAsync(wire);
    }

    // Another agent got the place of this connection, which takes no more calls; those that run go on while there is somebody to take their replies.
    [Fact]
    public async Task Who_hangs_up_while_the_daemon_waits_for_its_last_calls_has_nothing_running()
    {
        _vault.Configure($$$"""{"limits":{"connections":1},"egress":{"concurrent_requests":{{{Running}}}}}""");
        await using var daemon = await _vault.StartAsync();
        var wire = await SendAsync("");
        var other = await _vault.ConnectAsync();
        await other.SignInAsync("stranger", _vault.Stranger);
        await EndsAsync(wire);
    }

    private async Task HangUpAsync(string limits, byte[] last, string body = "")
    {
        _vault.Configure($$$"""{"egress":{"concurrent_requests":{{{Running}}}}{{{limits}}}}""");
        await using var daemon = await _vault.StartAsync();
        var wire = await SendAsync(body);
        await wire.SendAsync(last);
        await EndsAsync(wire);
    }

    private async Task<AgentWire> SendAsync(string body)
    {
        var wire = await _vault.SignInAsync();
        for (var i = 1; i <= Running; i++)
        {
            await wire.SendAsync(AgentWire.Frame(Use(i, "slow/never", body)));
        }

        await Eventually.Async(() => _upstream.Requests.Count == Running);
        return wire;
    }

    private async Task EndsAsync(AgentWire wire)
    {
        wire.Socket.Dispose();
        foreach (var request in _upstream.Requests)
        {
            Assert.Equal(RequestEnding.ClientLeft, await request.Ending.WaitAsync(TimeSpan.FromMinutes(2)));
        }

        // The agent's places for requests are free again.
        var next = await _vault.SignInAsync();
        var reply = await next.CallRawAsync(Use(1, "ok", ""));
        Assert.True(reply.TryGetProperty("result", out _), reply.ToString());
    }

    private string Use(int id, string path, string body) => JsonSerializer.Serialize(new
    {
        id,
        method = "use",
        @params = new { path = "app/service", operation = "http_request", @params = new { method = "POST", url = $"{_upstream.Origin}/{path}", body } },
    });
}
