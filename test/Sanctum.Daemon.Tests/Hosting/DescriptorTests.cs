using System.Diagnostics;
using Sanctum.Daemon.Admin;
using Sanctum.Daemon.Hosting;
using Sanctum.Egress;

namespace Sanctum.Daemon.Tests.Hosting;

public sealed class DescriptorTests
{
    [Fact]
    public async Task At_the_limit_of_descriptors_it_waits_without_burning_a_processor_and_then_goes_on()
    {
        await using var vault = await VaultFixture.CreateAsync();

        // This runtime ends a process that has no descriptor left while it starts a thread: two that are there are all that there are.
        using var daemon = await DaemonProcess.StartAsync(
            vault, environment: [("DOTNET_ThreadPool_ForceMaxWorkerThreads", "2"), ("DOTNET_TieredCompilation", "0")]);
        var healthy = await vault.SignInAsync();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ => await (await vault.SignInAsync()).CallAsync("list")));
        await daemon.LimitDescriptorsAsync(8);
        var waiting = await vault.ConnectAsync();

        var (before, watch) = (daemon.ProcessorTime, Stopwatch.StartNew());
        while (watch.Elapsed < TimeSpan.FromSeconds(2))
        {
            await healthy.CallAsync("lease_status");
            await Task.Delay(100);
        }

        // Trying again at once takes all of a processor.
        Assert.InRange((daemon.ProcessorTime - before).TotalSeconds, 0, watch.Elapsed.TotalSeconds / 2);
        await daemon.LimitDescriptorsAsync(1000);
        await waiting.SignInAsync("worker", vault.Agent);
    }

    [Fact]
    public async Task With_few_descriptors_it_serves_fewer_connections_and_a_flood_keeps_nobody_out()
    {
        await using var vault = await VaultFixture.CreateAsync();
        using var daemon = await DaemonProcess.StartAsync(vault, "ulimit -n 256");
        var healthy = await vault.SignInAsync();
        var silent = new List<AgentWire>();
        for (var i = 0; i < 400; i++)
        {
            silent.Add(await AgentWire.ConnectAsync(vault.Socket));
        }

        var places = DescriptorLimit.Fit(new LimitsConfig(), 256).UnauthenticatedConnections;
        await Eventually.Async(() => silent.Count(wire => wire.IsTold) == 400 - places);
        await healthy.CallAsync("list");
        await (await vault.SignInAsync()).CallAsync("list");
        await using var operators = await vault.OperatorAsync();
        await operators.ListAgentsAsync();
        silent.ForEach(wire => wire.Socket.Dispose());
    }

    [Fact]
    public async Task The_limit_is_raised_to_what_the_system_allows()
    {
        await using var vault = await VaultFixture.CreateAsync();
        using var daemon = await DaemonProcess.StartAsync(vault, "ulimit -Sn 300; ulimit -Hn 3000");

        Assert.Matches(@"Max open files\s+3000\s+3000", await File.ReadAllTextAsync($"/proc/{daemon.Id}/limits"));
    }

    [Fact]
    public void Connections_fit_the_descriptors_and_too_few_are_refused()
    {
        var configured = new LimitsConfig();
        var fitted = DescriptorLimit.Fit(configured, 256);

        Assert.Equal(configured, DescriptorLimit.Fit(configured, 100_000));
        Assert.Equal(256 - DescriptorLimit.Reserve, fitted.Connections + (2 * fitted.UnauthenticatedConnections) + fitted.OperatorConnections + (2 * fitted.ProxyConnections));
        Assert.InRange(fitted.Connections, 32, 128);
        Assert.Contains("ulimit -n", Assert.Throws<OperatorException>(() => DescriptorLimit.Fit(configured, 100)).Suggestion, StringComparison.Ordinal);
    }

    // Each of an agent's calls can try six addresses of a host at once, and each can leave a connection behind.
    [Theory]
    [InlineData(1024)]
    [InlineData(4096)]
    public void What_one_agents_requests_open_is_left_to_it_whatever_is_connected(long descriptors)
    {
        var (fitted, egress) = (DescriptorLimit.Fit(new LimitsConfig(), descriptors), new EgressOptions());
        var connections = fitted.Connections + (2 * fitted.UnauthenticatedConnections) + fitted.OperatorConnections + (2 * fitted.ProxyConnections);
        Assert.InRange((6 * egress.MaxConcurrentPerAgent) + egress.MaxIdleConnectionsPerAgent, 1, descriptors - connections);
        Assert.InRange(DescriptorLimit.MostOpen(descriptors), connections, descriptors - (DescriptorLimit.Reserve / 2));
    }
}
