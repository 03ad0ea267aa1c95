using System.Net.Sockets;
using Sanctum.Client;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Clients;

/// <summary>Another user took the place of the agents' socket, or is the daemon's own: the client sees which before it says anything.</summary>
public sealed class DaemonPeerTests
{
    private const UnixFileMode ForAll = HostTools.Folder700 | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    [Theory]
    [InlineData(null, false)]
    [InlineData(0u, false)]
    [InlineData(ForeignUser.Nobody, true)]
    public async Task Where_anybody_can_make_a_folder_another_user_is_the_daemon_only_if_the_options_say_so(uint? expected, bool isDaemon)
    {
        HostTools.RequireRoot("another user listens");
        var folder = Directory.CreateTempSubdirectory("sanctum-peer-");
        try
        {
            await ListenAsync(folder, expected, isDaemon);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData(ForAll, null, true)]
    [InlineData(ForAll | UnixFileMode.OtherWrite, null, false)]
    [InlineData(ForAll | UnixFileMode.GroupWrite, null, false)]
    [InlineData(ForAll, 0u, false)]
    public async Task Where_root_made_the_folder_its_owner_is_the_daemon(UnixFileMode mode, uint? expected, bool isDaemon)
    {
        HostTools.RequireRoot("another user listens");
        Assert.SkipUnless((File.GetUnixFileMode("/run") & (UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)) == 0, "/run can be written by others");
        var folder = Directory.CreateDirectory($"/run/sanctum-peer-{Guid.NewGuid():N}");
        try
        {
            await ListenAsync(folder, expected, isDaemon, mode);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task ListenAsync(DirectoryInfo folder, uint? expected, bool isDaemon, UnixFileMode mode = ForAll)
    {
        var key = Path.Join(folder.FullName, "agent.key");
        using (var made = Client.Keys.AgentKey.Generate())
        {
            made.Save(key);
        }

        Assert.Equal(0, (await HostTools.RunAsync("chown", $"{ForeignUser.Nobody}", folder.FullName)).ExitCode);
        folder.UnixFileMode = mode;
        var socket = Path.Join(folder.FullName, "vault.sock");
        using var listener = await ForeignUser.ListenAsync(socket);
        var accepting = listener.AcceptAsync();
        await using var client = new SanctumClient("agent", new SanctumClientOptions { SocketPath = socket, KeyPath = key, DaemonUserId = expected });
        var connecting = client.ConnectAsync();
        using var accepted = await accepting;
        Assert.Equal(isDaemon, await accepted.ReceiveAsync(new byte[1]) > 0);
        accepted.Dispose();
        var refused = await Assert.ThrowsAsync<VaultConnectionException>(() => connecting);
        Assert.Equal(!isDaemon, refused.Message.Contains("nothing was sent", StringComparison.Ordinal));
    }
}
