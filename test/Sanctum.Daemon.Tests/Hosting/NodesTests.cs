using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Sanctum.Crypto;
using Sanctum.Daemon.Admin;
using Sanctum.Daemon.Hosting;
using Sanctum.Storage.Postgres;
using Sanctum.Storage.Postgres.Tests;

namespace Sanctum.Daemon.Tests.Hosting;

/// <summary>A daemon that says that it is there.</summary>
public sealed class NodesTests(PostgresServer server) : IClassFixture<PostgresServer>
{
    [Fact]
    public async Task A_failure_that_nobody_expected_is_logged_once_and_the_daemon_goes_on_to_say_that_it_is_there()
    {
        await using var store = await PostgresVaultStore.CreateAsync(server.NewVault());
        await using var vault = await Vault.CreateAsync(store, VaultFixture.PassphraseBytes, new VaultOptions { Kdf = KdfParameters.Minimum });
        using var folder = new TemporaryFolder();
        var settings = DaemonSettings.Resolve(new DaemonOptions { VaultDirectory = folder.Path });
        var (log, asked) = (new Lines(), 0);
        var status = new DaemonStatus(vault.Id.ToString(), Sealed: true, ProcessId: 1, "1.0", DateTimeOffset.UnixEpoch, "", null, null, 0);
        await using (new Nodes(store, vault, settings, () => Interlocked.Increment(ref asked) <= 2 ? throw new InvalidOperationException("nobody expected this") : status, log))
        {
            await Eventually.Async(async () => (await store.ReadNodesAsync()).Count == 1);
            var line = Assert.Single(log.All);
            Assert.Equal((LogLevel.Error, "nobody expected this"), (line.Level, line.Failure?.Message));
        }

        Assert.Empty(await store.ReadNodesAsync());
    }

    private sealed class Lines : ILogger
    {
        public ConcurrentQueue<(LogLevel Level, Exception? Failure)> All { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => All.Enqueue((logLevel, exception));
    }
}
