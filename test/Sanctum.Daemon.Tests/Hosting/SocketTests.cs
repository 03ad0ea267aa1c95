using System.Net;
using System.Net.Sockets;
using Sanctum.Daemon.Admin;
using Sanctum.Daemon.Hosting;

namespace Sanctum.Daemon.Tests.Hosting;

public sealed class SocketTests
{
    [Fact]
    public async Task A_second_daemon_says_so_and_leaves_the_first_alone()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var first = await vault.StartAsync();
        var wire = await vault.SignInAsync();

        var refused = await Assert.ThrowsAsync<OperatorException>(() => vault.StartAsync());

        Assert.Equal("IN_USE", refused.Code);
        await wire.CallAsync("list");
        await (await vault.SignInAsync()).CallAsync("list");
        Assert.NotNull(await vault.Admin().TryStatusAsync());
    }

    [Fact]
    public async Task What_a_killed_daemon_left_is_cleared_away()
    {
        await using var vault = await VaultFixture.CreateAsync();
        Leave(vault.Socket);
        Leave(vault.AdminSocket);

        await using var daemon = await vault.StartAsync();

        await (await vault.SignInAsync()).CallAsync("list");

        // A socket's file stays when the process is killed; closing a managed one would delete it.
        static void Leave(string path)
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            socket.Bind(new UnixDomainSocketEndPoint(path));
            File.Move(path, path + ".kept");
            File.WriteAllText(path, "");
            socket.Dispose();
            File.Move(path + ".kept", path, overwrite: true);
        }
    }

    [Fact]
    public async Task What_is_not_a_stale_socket_of_ours_is_not_touched()
    {
        await using var vault = await VaultFixture.CreateAsync();
        var target = Path.Join(vault.Root, "target");
        File.WriteAllText(target, "precious");

        File.CreateSymbolicLink(vault.Socket, target);
        Assert.Equal("INVALID_CONFIG", await CodeAsync(() => vault.StartAsync()));
        Assert.Equal("precious", File.ReadAllText(target));
        Assert.NotNull(new FileInfo(vault.Socket).LinkTarget);

        File.Delete(vault.Socket);
        File.WriteAllText(vault.Socket, "a file");
        Assert.Equal("INVALID_CONFIG", await CodeAsync(() => vault.StartAsync()));
        Assert.Equal("a file", File.ReadAllText(vault.Socket));

        File.Delete(vault.Socket);
        await using var daemon = await vault.StartAsync();
    }

    [Fact]
    public async Task A_socket_that_someone_listens_on_is_left_alone()
    {
        await using var vault = await VaultFixture.CreateAsync();
        var path = Path.Join(vault.Root, "someone.sock");
        using var someone = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        someone.Bind(new UnixDomainSocketEndPoint(path));
        someone.Listen();

        Assert.Equal("IN_USE", await CodeAsync(() => vault.StartAsync(options => options with { Socket = path })));
        Assert.True(File.Exists(path));
    }

    [Fact]
    public async Task A_socket_is_not_put_where_others_could_replace_it_nor_where_it_does_not_fit()
    {
        await using var vault = await VaultFixture.CreateAsync();
        var open = Directory.CreateDirectory(Path.Join(vault.Root, "open")).FullName;
        File.SetUnixFileMode(open, (UnixFileMode)0x1ff);

        Assert.Equal("INVALID_CONFIG", await CodeAsync(() => vault.StartAsync(options => options with { Socket = Path.Join(open, "a.sock") })));
        Assert.Equal("INVALID_CONFIG", await CodeAsync(() => vault.StartAsync(options => options with { Socket = Path.Join(vault.Root, new string('a', 108)) })));
        Assert.Equal("INVALID_CONFIG", await CodeAsync(() => vault.StartAsync(options => options with { Socket = Path.Join(vault.Root, "none", "a.sock") })));
    }

    [Fact]
    public async Task Agents_are_served_on_loopback_TCP_when_asked_to()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync(options => options with { Tcp = "127.0.0.1:0" });
        var endpoint = IPEndPoint.Parse(daemon.Status.Tcp!);
        await using var wire = await AgentWire.ConnectAsync(endpoint);

        await wire.SignInAsync("worker", vault.Agent);

        await wire.CallAsync("list");
        Assert.Equal(IPAddress.Loopback, endpoint.Address);
        Assert.Equal("IN_USE", await CodeAsync(async () =>
        {
            await using var other = await VaultFixture.CreateAsync();
            await other.StartAsync(options => options with { Tcp = daemon.Status.Tcp });
        }));
    }

    private static async Task<string> CodeAsync(Func<Task> call) => (await Assert.ThrowsAsync<OperatorException>(call)).Code;
}
