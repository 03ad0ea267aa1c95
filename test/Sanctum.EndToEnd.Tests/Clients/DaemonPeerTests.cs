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

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Whoever_takes_the_place_of_the_proxys_socket_is_sent_nothing_by_a_run(bool isThereBefore)
    {
        HostTools.RequireRoot("another user listens");
        var place = Directory.CreateTempSubdirectory("sanctum-proxy-");
        try
        {
            await using var home = new SanctumHome();
            (await home.RunAsync("init")).Done();
            await home.RegisterAsync("worker");
            await home.GrantAsync("connect", "worker", "*", "use,list");
            var proxy = Path.Join(place.FullName, "proxy.sock");
            await home.StartDaemonAsync("--proxy-socket", proxy);
            place.UnixFileMode = ForAll | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;
            using var listener = await (isThereBefore ? TakeAsync(proxy) : Task.FromResult<Socket?>(null));

            var (begun, go) = (Path.Join(home.Directory, "begun"), Path.Join(home.Directory, "go"));
            var running = home.RunBareAsync(
                "", ["run", "--agent", "worker", "--", "/bin/bash", "-c", $"touch {begun}; while [ ! -e {go} ]; do sleep 0.05; done; curl -sS -m 60 https://service.example/"]);
            if (!isThereBefore)
            {
                await Eventually.HoldsAsync(() => Task.FromResult(File.Exists(begun)));
            }

            using var later = isThereBefore ? null : await TakeAsync(proxy);
            var accepting = (listener ?? later)!.AcceptAsync();
            await File.WriteAllTextAsync(go, "");
            using var accepted = await accepting.WaitAsync(TimeSpan.FromMinutes(2));
            Assert.Equal(0, await accepted.ReceiveAsync(new byte[1]).WaitAsync(TimeSpan.FromMinutes(2)));
            var ended = await running;
            Assert.NotEqual(0, ended.ExitCode);
            if (isThereBefore)
            {
                Assert.Contains($"user {ForeignUser.Nobody} listens on {proxy}", ended.Errors, StringComparison.Ordinal);
                Assert.False(File.Exists(begun), "the program was started");
            }
        }
        finally
        {
            place.Delete(recursive: true);
        }

        static async Task<Socket?> TakeAsync(string path)
        {
            File.Delete(path);
            return await ForeignUser.ListenAsync(path);
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
