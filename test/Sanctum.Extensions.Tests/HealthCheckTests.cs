using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Sanctum.Testing;

namespace Sanctum.Extensions.Tests;

public sealed class HealthCheckTests
{
    [Fact]
    public async Task A_vault_that_responds_is_healthy_and_gives_nothing_away()
    {
        await using var vault = await TestVault.StartAsync();
        await vault.StoreAsync("db/main", "hunter2-9fQ2x7");
        await using var services = Services(vault);
        var report = await CheckAsync(services);
        Assert.Equal((HealthStatus.Healthy, "the vault responds to the agent test-agent"), (report.Status, report.Description));
        await using var client = vault.CreateClient();
        Assert.Empty(await client.ListLeasesAsync());
    }

    [Fact]
    public async Task A_sealed_vault_is_unhealthy_until_it_is_unsealed()
    {
        await using var vault = await TestVault.StartAsync(new TestVaultOptions { StartSealed = true });
        await using var services = Services(vault);
        var report = await CheckAsync(services);
        Assert.Equal((HealthStatus.Unhealthy, "VAULT_LOCKED"), (report.Status, report.Data["code"]));
        await vault.UnsealAsync();
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(services)).Status);
        await vault.SealAsync();
        Assert.Equal(HealthStatus.Unhealthy, (await CheckAsync(services)).Status);
    }

    [Fact]
    public async Task A_daemon_that_does_not_run_is_unhealthy_until_it_is_started()
    {
        await using var vault = await TestVault.StartAsync();
        await vault.StopAsync();
        await using var services = Services(vault);
        var report = await CheckAsync(services);
        Assert.Equal((HealthStatus.Unhealthy, "CONNECTION_FAILED"), (report.Status, report.Data["code"]));
        Assert.Contains("sanctum daemon start", report.Description, StringComparison.Ordinal);
        await vault.RestartAsync();
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(services)).Status);
    }

    [Fact]
    public async Task A_check_can_report_less_than_unhealthy_and_belong_to_a_vault_with_a_name()
    {
        await using var vault = await TestVault.StartAsync(new TestVaultOptions { StartSealed = true });
        var all = new ServiceCollection().AddLogging().AddSanctum("prod", vault.Configure);
        all.AddHealthChecks().AddSanctum(vault: "prod", failureStatus: HealthStatus.Degraded, tags: ["ready"]);
        await using var services = all.BuildServiceProvider();
        var report = await services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        Assert.Equal((HealthStatus.Degraded, "ready"), (report.Entries["sanctum-prod"].Status, Assert.Single(report.Entries["sanctum-prod"].Tags)));
    }

    private static ServiceProvider Services(TestVault vault)
    {
        var services = new ServiceCollection().AddLogging().AddSanctum(vault.Configure);
        services.AddHealthChecks().AddSanctum();
        return services.BuildServiceProvider();
    }

    private static async Task<HealthReportEntry> CheckAsync(ServiceProvider services) =>
        (await services.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Entries["sanctum"];
}
