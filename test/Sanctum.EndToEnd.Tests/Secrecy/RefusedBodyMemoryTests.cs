using System.Net.Sockets;
using System.Text;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Secrecy;

/// <summary>A secret or passphrase in a body that was refused is not in the daemon's memory after sealing, however it was refused.</summary>
public sealed class RefusedBodyMemoryTests
{
    private readonly List<Canary> _canaries = [];
    private readonly List<Socket> _open = [];

    [Fact]
    public async Task After_sealing_nothing_of_a_refused_body_is_in_the_daemons_memory()
    {
        HostTools.RequireRoot("the daemon's memory is read, which it allows nobody else");
        await using var home = new SanctumHome();
        (await home.RunAsync("init")).Done();

        // Room for all of them, however late the daemon notices that one was closed.
        home.Configure("""{ "limits": { "operator_connections": 1000 } }""");
        await using var daemon = await ForegroundDaemon.StartAsync(home);
        using var operators = new AdminWire(home);
        await operators.LoginAsync();
        var sockets = HostTools.SocketsOf(daemon.Process);
        foreach (var leaveOpen in new[] { false, true })
        {
            await RefuseAllAsync(home, operators.Token!, leaveOpen);
        }

        await Eventually.HoldsAsync(() => Task.FromResult(HostTools.SocketsOf(daemon.Process) <= sockets + _open.Count));
        (await home.RunAsync("seal")).Done();
        var findings = new Findings(_canaries);
        Assert.True(ProcessMemory.Search(daemon.Process, findings) > 1024 * 1024);
        Assert.Empty(findings.All);
        _open.ForEach(socket => socket.Dispose());
    }

    private async Task RefuseAllAsync(SanctumHome home, string token, bool leaveOpen)
    {
        // <S> stands for the secret in base64, <T> for it as it is. Each body is refused for what comes after it, or before.
        string[] bodies =
        [
            """{"<1>":"<S>","unknown":1}""",
            """{"<1>":"<S>","<1>":"<S>"}""",
            """{"<1>":"<S>" """,
            """{"<1>":"<S>",""",
            """{"<1>":"<S>""",
            """{"<1>":"<S>"}}""",
            """{"<1>":"<S>"}<T>""",
            """{"<1>":"<S>","<2>":7}""",
            """{"<1>":"<S>","<2>":null}""",
            """{"<1>":"<S>","jwt":[]}""",
            """{"<1>":["<S>"]}""",
            """{"<1>":{"a":"<S>"}}""",
            """{"<1>":n<T>}""",
            """{"<1>":<T>}""",
            """{"<1>":"<S>!"}""",
            """{"<1>":"<T> <T>"}""",
            """{"<1>":"\u0041<S>"}""",
            """{"other":"<S>"}""",
            """{"<S>":1}""",
            """["<S>"]""",
            "\"<S>\"",
            "<T>",
        ];
        foreach (var (route, member, other) in new[] { ("unseal", "passphrase", "other"), ("login", "passphrase", "other"), ("passphrase", "current", "replacement"), ("seal-providers/add", "passphrase", "name"), ("credentials/store", "value", "path") })
        {
            foreach (var body in bodies)
            {
                var filled = body.Replace("<2>", other, StringComparison.Ordinal).Replace("<1>", member, StringComparison.Ordinal);
                await PostAsync(home, leaveOpen, route, Fill(filled), token);
            }

            var whole = $$"""{"{{member}}":"<S>"}""";
            await PostAsync(home, leaveOpen, route + "/none", Fill(whole), token);
            await PostAsync(home, leaveOpen, route, Fill(whole), token, contentType: "text/plain");
            await PostAsync(home, leaveOpen, route, Fill(whole), token, host: "example.org");
            await PostAsync(home, leaveOpen, route, Fill(whole), "wrong", expect: "401");
            await PostAsync(home, leaveOpen, route, Fill(whole), token, chunked: true);
            await PostAsync(home, leaveOpen, route, Fill(whole), token, length: 3 * 1024 * 1024);
            await PostAsync(home, leaveOpen: false, route, Fill(whole), token, length: 1024 * 1024, expect: "");
            await PostAsync(home, leaveOpen: false, route, Fill(whole) + new string(' ', 200_000), token, length: 1024 * 1024, expect: "");
        }
    }

    private string Fill(string body)
    {
        var canary = Canary.Make($"of {body}");
        _canaries.Add(canary);

        // Letters and digits alone, where it is not in base64: what JSON would escape has no place there.
        var bare = canary.Text.Split(' ')[1];
        return body.Replace("<S>", Convert.ToBase64String(Encoding.UTF8.GetBytes(canary.Text)), StringComparison.Ordinal).Replace("<T>", bare, StringComparison.Ordinal);
    }

    // Hangs up in the middle where no response is expected.
    private async Task PostAsync(
        SanctumHome home, bool leaveOpen, string route, string body, string token, string contentType = "application/json", string host = "localhost",
        int? length = null, bool chunked = false, string? expect = null)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        var framing = chunked ? "Transfer-Encoding: chunked" : $"Content-Length: {length ?? bytes.Length}";
        var head = $"POST /v1/{route} HTTP/1.1\r\nHost: {host}\r\nContent-Type: {contentType}\r\nAuthorization: Bearer {token}\r\n{framing}\r\n\r\n";
        var (before, after) = chunked ? ($"{bytes.Length:x}\r\n", "\r\n0\r\n\r\n") : ("", "");
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(Path.Join(home.Vault, "admin.sock")));
        await SendAsync(socket, Encoding.UTF8.GetBytes(head + before + body + after), refusedEarly: expect == "");
        if (expect != "")
        {
            var response = new byte[4096];
            var read = await socket.ReceiveAsync(response).WaitAsync(TimeSpan.FromMinutes(2));
            var line = Encoding.UTF8.GetString(response, 0, read).Split('\r')[0];
            Assert.StartsWith($"HTTP/1.1 {expect ?? "4"}", line, StringComparison.Ordinal);
        }

        if (leaveOpen)
        {
            _open.Add(socket);
            return;
        }

        socket.Dispose();
    }

    // A body that is too long is refused for its length, and the connection may be closed before all of it is sent.
    private static async Task SendAsync(Socket socket, byte[] request, bool refusedEarly)
    {
        try
        {
            await socket.SendAsync(request);
        }
        catch (SocketException closed) when (refusedEarly && closed.SocketErrorCode is SocketError.Shutdown or SocketError.ConnectionReset)
        {
            return;
        }
    }
}
