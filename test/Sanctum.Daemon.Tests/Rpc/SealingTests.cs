namespace Sanctum.Daemon.Tests.Rpc;

public sealed class SealingTests
{
    [Fact]
    public async Task While_the_vault_is_sealed_every_method_says_so()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync(unsealed: false);
        var wire = await vault.ConnectAsync();

        foreach (var method in Daemon.Rpc.RpcMethods.All)
        {
            // Errors of CRP have its number, and the code among their data.
            var error = await wire.RefusedAsync(method.Name);
            Assert.Equal("VAULT_LOCKED", (error.TryGetProperty("data", out var data) ? data : error).GetProperty("code").GetString());
        }
    }

    [Fact]
    public async Task Sealing_ends_the_sessions_of_connections_that_stay_open()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();
        using var admin = vault.Admin();
        var wire = await vault.SignInAsync();

        await admin.SealAsync((await admin.LoginAsync(VaultFixture.PassphraseBytes.ToArray())).Token);
        Assert.Equal("VAULT_LOCKED", await wire.CodeAsync("list"));

        await admin.UnsealAsync(VaultFixture.PassphraseBytes.ToArray());
        Assert.Equal("SESSION_EXPIRED", await wire.CodeAsync("list"));
        await wire.SignInAsync("worker", vault.Agent);
        await wire.CallAsync("list");
    }

    [Fact]
    public async Task An_idle_vault_seals_itself_when_told_to()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var vault = await VaultFixture.CreateAsync();
        vault.Configure("""{"idle_seal":60}""");
        await using var daemon = await vault.StartAsync(options => options with { TimeProvider = time });
        var wire = await vault.SignInAsync();

        time.Advance(TimeSpan.FromSeconds(50));
        await wire.CallAsync("list");
        time.Advance(TimeSpan.FromSeconds(50));
        Assert.False(daemon.Status.Sealed);
        time.Advance(TimeSpan.FromSeconds(15));

        await Eventually.Async(() => daemon.Status.Sealed);
        Assert.Equal("VAULT_LOCKED", await wire.CodeAsync("list"));
    }
}
