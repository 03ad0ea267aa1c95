using Sanctum.Daemon.Admin;

namespace Sanctum.Daemon.Tests.Hosting;

public sealed class StoppingTests
{
    [Fact]
    public async Task Stopping_finishes_what_is_running_then_seals_and_removes_the_sockets()
    {
        var gate = new GatedStore();
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync(gate: gate);
        var (wire, idle) = (await vault.SignInAsync(), await vault.SignInAsync());

        gate.Close();
        await wire.SendAsync(AgentWire.Frame("""{"id":1,"method":"use","params":{"path":"app/api_key","operation":"sign","params":{"data":"x"}}}"""));
        await gate.Arrived;
        var stopping = daemon.DisposeAsync().AsTask();
        Assert.False(stopping.IsCompleted);
        gate.Open();

        Assert.True((await wire.ReadAsync()).GetProperty("result").TryGetProperty("signature", out _));
        Assert.True(await wire.IsClosedAsync());
        Assert.True(await idle.IsClosedAsync());
        await stopping;
        Assert.False(File.Exists(vault.Socket));
        Assert.False(File.Exists(vault.AdminSocket));
        await using var api = await OperatorSession.OpenLocalAsync(vault.Folder, VaultFixture.PassphraseBytes);
        await foreach (var entry in api.ReadAuditAsync(new AuditRequest(Action: "vault.seal", Last: 1)))
        {
            Assert.Equal("the daemon stopped", entry.Details!["reason"]);
        }
    }

    [Fact]
    public async Task A_daemon_that_could_not_start_leaves_the_vault_free_and_no_socket()
    {
        await using var vault = await VaultFixture.CreateAsync();
        var socket = Path.Join(vault.Root, "taken");
        File.WriteAllText(socket, "");

        await Assert.ThrowsAsync<OperatorException>(() => vault.StartAsync(options => options with { Socket = socket }));
        await Assert.ThrowsAsync<OperatorException>(async () => await RunningDaemon.StartAsync(
            new Daemon.Hosting.DaemonOptions { VaultDirectory = vault.Folder }, "wrong"u8.ToArray()));

        Assert.False(File.Exists(vault.AdminSocket));
        await using var daemon = await vault.StartAsync();
    }
}
