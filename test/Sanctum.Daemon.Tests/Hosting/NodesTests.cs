using System.Collections.Concurrent;
using System.Text.Json;
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

    [Fact]
    public async Task Sealing_a_daemon_that_is_sealed_already_names_those_that_still_serve_the_vault()
    {
        var database = server.NewVault();
        await using (var store = await PostgresVaultStore.CreateAsync(database))
        {
            await (await Vault.CreateAsync(store, VaultFixture.PassphraseBytes, new VaultOptions { Kdf = KdfParameters.Minimum })).DisposeAsync();
        }

        using TemporaryFolder one = new(), two = new();
        await using var serving = await StartAsync(one, "db1", database, VaultFixture.PassphraseBytes);
        await using var waiting = await StartAsync(two, "db2", database, passphrase: null);
        using AdminClient atServing = new(DaemonOptions.AdminSocketOf(one.Path)), atWaiting = new(DaemonOptions.AdminSocketOf(two.Path));
        await Eventually.Async(async () => (await atWaiting.ListNodesAsync()).Count == 2);

        var refused = await Assert.ThrowsAsync<OperatorException>(() => atWaiting.SealAsync(token: null));
        Assert.Equal("CONFLICT", refused.Code);
        Assert.Contains("still served by db1", refused.Message, StringComparison.Ordinal);
        Assert.False(serving.Status.Sealed);

        await atServing.SealAsync((await atServing.LoginAsync(VaultFixture.PassphraseBytes.ToArray())).Token);
        await Eventually.Async(async () => (await atWaiting.ListNodesAsync()).All(node => node.State == "sealed"));
        Assert.True((await atWaiting.SealAsync(token: null)).Sealed);
    }

    private static Task<RunningDaemon> StartAsync(TemporaryFolder folder, string name, string database, ReadOnlyMemory<byte>? passphrase)
    {
        folder.Write("config.json", $$"""
            {"node_name": "{{name}}", "store": {"postgres": {{JsonSerializer.Serialize(database)}} } }
            """);
        return RunningDaemon.StartAsync(new DaemonOptions { VaultDirectory = folder.Path }, passphrase);
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
