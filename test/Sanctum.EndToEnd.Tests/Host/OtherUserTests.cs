using System.Buffers.Binary;
using System.Text;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Host;

/// <summary>Another user of the machine, for whom somebody left the doors open.</summary>
public sealed class OtherUserTests
{
    private const UnixFileMode Anyone =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    private static readonly byte[] _hello = Frame("""{"id":1,"method":"authenticate","params":{"agent_name":"reader"}}""");

    private static readonly byte[] _status = Encoding.ASCII.GetBytes("GET /v1/status HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

    [Fact]
    public async Task Another_user_is_not_let_in_by_the_files_modes()
    {
        HostTools.RequireRoot("a thread connects as another user");
        await using var home = await SanctumHome.ServingAsync();
        Assert.Null(await ForeignUser.AskAsync(home.Socket, _hello));
        Assert.Null(await ForeignUser.AskAsync(Path.Join(home.Vault, "admin.sock"), _status));
        Assert.Null(await ForeignUser.AskAsync(Path.Join(home.Vault, "proxy.sock"), _status));
    }

    [Fact]
    public async Task Another_user_is_refused_even_where_the_modes_would_let_them_in()
    {
        HostTools.RequireRoot("a thread connects as another user");
        await using var home = await SanctumHome.ServingAsync();
        LetIn(home);
        Assert.Equal("", await ForeignUser.AskAsync(home.Socket, _hello));
        Assert.Equal("", await ForeignUser.AskAsync(Path.Join(home.Vault, "admin.sock"), _status));
        Assert.Equal("", await ForeignUser.AskAsync(Path.Join(home.Vault, "proxy.sock"), _status));

        // The owner is, in the same way.
        using var wire = await WireClient.ConnectAsync(home.Socket);
        WireClient.Result(await wire.CallAsync("authenticate", new() { ["agent_name"] = "reader" }));
    }

    [Fact]
    public async Task A_user_who_is_allowed_reaches_the_sockets_of_agents_and_of_their_programs_and_not_the_operators()
    {
        HostTools.RequireRoot("a thread connects as another user");
        await using var home = new SanctumHome();
        (await home.RunAsync("init")).Done();
        var config = Path.Join(home.Vault, "config.json");
        await File.WriteAllTextAsync(config, """{ "allowed_uids": [65534], "limits": { "sign_in_timeout": 5 } }""");
        File.SetUnixFileMode(config, HostTools.File600);
        var proxy = Path.Join(home.Directory, "proxy.sock");
        await home.StartDaemonAsync("--proxy-socket", proxy);
        LetIn(home);
        Assert.False(File.Exists(Path.Join(home.Vault, "proxy.sock")), "the proxy listens in two places");
        Assert.Contains("challenge", await ForeignUser.AskAsync(home.Socket, _hello) ?? "", StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 407", await ForeignUser.AskAsync(proxy, _status) ?? "", StringComparison.Ordinal);
        Assert.Equal("", await ForeignUser.AskAsync(Path.Join(home.Vault, "admin.sock"), _status));
    }

    private static void LetIn(SanctumHome home)
    {
        foreach (var folder in new[] { home.Directory, home.Vault })
        {
            File.SetUnixFileMode(folder, HostTools.Folder700 | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        }

        foreach (var socket in Directory.GetFiles(home.Vault, "*.sock"))
        {
            File.SetUnixFileMode(socket, Anyone);
        }
    }

    private static byte[] Frame(string json)
    {
        var frame = new byte[4 + json.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, json.Length);
        Encoding.ASCII.GetBytes(json, frame.AsSpan(4));
        return frame;
    }
}
