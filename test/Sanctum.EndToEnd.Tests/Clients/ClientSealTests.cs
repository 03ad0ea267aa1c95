using Sanctum.Client;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Clients;

/// <summary>A client whose vault is sealed, stopped and started under it.</summary>
public sealed class ClientSealTests(ClientSealTests.Own vault) : IClassFixture<ClientSealTests.Own>
{
    [Fact]
    public async Task It_says_that_the_vault_is_sealed_or_gone_and_works_again_when_it_is_back()
    {
        await using var client = await vault.Home.ConnectAsync("alice");
        await client.SignAsync("team/key", "x");

        (await vault.Home.RunAsync("seal")).Done();
        ClientErrorTests.Whole(await Assert.ThrowsAsync<VaultLockedException>(() => client.SignAsync("team/key", "x")), "VAULT_LOCKED");
        await Assert.ThrowsAsync<VaultLockedException>(() => vault.Home.ConnectAsync("alice"));
        (await vault.Home.RunAsync("unseal")).Done();
        await client.SignAsync("team/key", "x");

        await vault.Home.StopDaemonAsync();
        var gone = await Assert.ThrowsAsync<VaultConnectionException>(() => client.SignAsync("team/key", "x"));
        Assert.Equal("CONNECTION_FAILED", gone.Code);
        await vault.Home.StartDaemonAsync();
        await client.SignAsync("team/key", "x");
        Assert.NotEmpty(await client.ListAsync());
    }

    [Fact]
    public async Task With_another_address_it_goes_on_there_when_its_daemon_is_sealed()
    {
        await using var other = new SanctumHome();
        (await other.RunAsync("init")).Done();
        await other.StoreAsync("team/key", "a secret");
        using var key = Client.Keys.AgentKey.Load(vault.Home.KeyOf("alice"));
        (await other.RunAsync("agent", "register", "alice", "--public-key", key.PublicKeyHex)).Done();
        await other.GrantAsync("team", "alice", "team/*", "use");
        await other.StartDaemonAsync();
        await using var client = await SanctumClient.ConnectAsync(
            "alice", new SanctumClientOptions { Addresses = [vault.Home.Socket, other.Socket], KeyPath = vault.Home.KeyOf("alice") });

        (await vault.Home.RunAsync("seal")).Done();
        await client.SignAsync("team/key", "x");
        (await vault.Home.RunAsync("unseal")).Done();
        (await other.RunAsync("seal")).Done();
        await client.SignAsync("team/key", "x");
        (await other.RunAsync("unseal")).Done();
    }

    public sealed class Own : ServedVault
    {
        protected override async Task FillAsync()
        {
            await Home.StoreAsync("team/key", "a secret");
            await Home.RegisterAsync("alice");
            await Home.GrantAsync("team", "alice", "team/*", "use");
            Home.Token = null; // It would be of no use after the vault has been sealed.
        }
    }
}
