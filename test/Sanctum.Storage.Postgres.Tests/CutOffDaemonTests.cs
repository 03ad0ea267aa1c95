using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Sanctum.Agents;
using Sanctum.Client;
using Sanctum.Client.Keys;
using Sanctum.Credentials;
using Sanctum.Daemon.Hosting;
using Sanctum.Policies;
using RunningDaemon = Sanctum.Daemon.Hosting.Daemon;

namespace Sanctum.Storage.Postgres.Tests;

/// <summary>Agents of a daemon that does not reach its database, while another one does.</summary>
public sealed class CutOffDaemonTests(PostgresServer server) : IClassFixture<PostgresServer>
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task A_client_with_several_addresses_leaves_a_daemon_that_does_not_reach_the_database()
    {
        await using var proxy = new CuttingProxy(server.Socket);
        await using var daemons = await TwoDaemons.StartAsync(server.NewVault(), proxy);
        await using var client = daemons.Client(0, 1);
        await using var only = daemons.Client(0);
        await ServedAsync(client, 1);
        await ServedAsync(only, 1);

        proxy.IsHeld = true;
        try
        {
            await SeveralVaults.UntilAsync(async () => IsForAnother(await RefusalAsync(only)), Patience);
            Assert.Equal((HttpStatusCode.ServiceUnavailable, "the store can't be reached"), await daemons.ReadinessAsync(0));
            await ServedAsync(client, 20);

            // And one that has yet to sign in.
            await using var late = daemons.Client(0, 1);
            await ServedAsync(late, 1);
        }
        finally
        {
            proxy.IsHeld = false;
        }

        await SeveralVaults.UntilAsync(async () => await RefusalAsync(only) is null, Patience);
        await SeveralVaults.UntilAsync(async () => await daemons.ReadinessAsync(0) == (HttpStatusCode.OK, "ready"), Patience);
    }

    // Whether it took effect, the daemon may not know. It does not say that nothing was done.
    [Fact]
    public async Task A_call_that_failed_halfway_is_not_made_again_at_another_daemon()
    {
        await using var proxy = new CuttingProxy(server.Socket) { Smallest = 500 };
        await using var daemons = await TwoDaemons.StartAsync(server.NewVault(), proxy);
        await using var client = daemons.Client(0, 1);
        await ServedAsync(client, 1);
        var granted = 0;
        Client.VaultException? failure = null;
        for (var since = Stopwatch.StartNew(); failure is null; granted += failure is null ? 1 : 0)
        {
            Assert.True(since.Elapsed < Patience, "no call failed");
            proxy.Next = CuttingProxy.Cut.BeforeTheDatabase;
            failure = await RefusalAsync(() => client.RetrieveAsync("app/key"));
        }

        Assert.Equal("INTERNAL_ERROR", failure.Code);
        Assert.False(failure.Context.ContainsKey("daemon"));
        Assert.Equal(granted, await daemons.CountAsync("retrieve"));
    }

    // A daemon beside it that is busy can be cut off for a moment too: then nothing was done, and it says so.
    private static async Task ServedAsync(SanctumClient client, int times)
    {
        for (var since = Stopwatch.StartNew(); times > 0;)
        {
            var refusal = await RefusalAsync(client);
            times -= refusal is null ? 1 : 0;
            Assert.True(refusal is null || IsForAnother(refusal), refusal?.ToString());
            Assert.True(since.Elapsed < Patience, "it was not served in time");
        }
    }

    private static bool IsForAnother(Client.VaultException? refusal) =>
        refusal is { Code: "INTERNAL_ERROR" } && refusal.Context.TryGetValue("daemon", out var how) && how.ValueEquals("no_database");

    private static Task<Client.VaultException?> RefusalAsync(SanctumClient client) => RefusalAsync(() => client.ListAsync());

    private static async Task<Client.VaultException?> RefusalAsync(Func<Task> call)
    {
        try
        {
            await call();
            return null;
        }
        catch (Client.VaultException refused)
        {
            return refused;
        }
    }

    /// <summary>Two daemons over one database, the first by a proxy.</summary>
    private sealed class TwoDaemons(string settings) : IAsyncDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sanctum-two-");
        private readonly List<RunningDaemon> _daemons = [];

        public static async Task<TwoDaemons> StartAsync(string settings, CuttingProxy first)
        {
            var made = new TwoDaemons(settings);
            await made.MakeVaultAsync();
            foreach (var reached in (string[])[first.Through(settings), settings])
            {
                var folder = made.FolderOf(made._daemons.Count);
                Directory.CreateDirectory(folder);
                await File.WriteAllTextAsync(Path.Join(folder, "config.json"), $$"""{"store": {"postgres": {{JsonSerializer.Serialize(reached)}} }, "telemetry": {"prometheus": "./metrics.sock"} }""");
                if (!OperatingSystem.IsWindows())
                {
                    File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
                    File.SetUnixFileMode(Path.Join(folder, "config.json"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
                }

                made._daemons.Add(await RunningDaemon.StartAsync(new DaemonOptions { VaultDirectory = folder, LogLevel = "error" }, SeveralVaults.Passphrase));
            }

            return made;
        }

        public SanctumClient Client(params int[] daemons) => new("worker", new SanctumClientOptions
        {
            Addresses = [.. daemons.Select(number => DaemonOptions.SocketOf(FolderOf(number)))],
            KeyDirectory = _folder.FullName,
            RequestTimeout = daemons.Length > 1 ? Patience : TimeSpan.FromSeconds(2),
        });

        /// <summary>What a load balancer is told.</summary>
        public async Task<(HttpStatusCode Status, string Word)> ReadinessAsync(int daemon)
        {
            using var http = new HttpClient(new SocketsHttpHandler
            {
                ConnectCallback = async (_, cancellationToken) =>
                {
                    var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                    await socket.ConnectAsync(new UnixDomainSocketEndPoint(Path.Join(FolderOf(daemon), "metrics.sock")), cancellationToken);
                    return new NetworkStream(socket, ownsSocket: true);
                },
            });
            using var response = await http.GetAsync("http://localhost/readyz");
            return (response.StatusCode, (await response.Content.ReadAsStringAsync()).Trim());
        }

        /// <summary>How often something was allowed, as the log has it.</summary>
        public async Task<int> CountAsync(string action)
        {
            await using var store = await PostgresVaultStore.OpenAsync(settings);
            await using var vault = await Vault.OpenAsync(store);
            var (by, count) = (await vault.UnsealAsync(SeveralVaults.Passphrase), 0);
            await foreach (var entry in vault.Audit.ReadAsync(by))
            {
                count += entry.Action == action && entry.Outcome == Audit.AuditOutcome.Allowed ? 1 : 0;
            }

            return count;
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var daemon in _daemons)
            {
                await daemon.DisposeAsync();
            }

            _folder.Delete(recursive: true);
        }

        private string FolderOf(int number) => Path.Join(_folder.FullName, $"daemon-{number}");

        private async Task MakeVaultAsync()
        {
            using var key = AgentKey.Generate();
            key.Save(Path.Join(_folder.FullName, "worker.key"));
            await using var store = await PostgresVaultStore.CreateAsync(settings);
            await using var vault = await Vault.CreateAsync(store, SeveralVaults.Passphrase);
            var by = await vault.UnsealAsync(SeveralVaults.Passphrase);
            await vault.Agents.RegisterAsync(by, AgentName.Parse("worker"), key.PublicKey.ToArray());
            await vault.Credentials.StoreAsync(by, CredentialPath.Parse("app/key"), "a secret of some length"u8.ToArray());
            await vault.Policies.AddAsync(by, new Policy { Name = "work", Principal = "agent:worker", Resources = ["app/*"], Actions = PolicyActions.List | PolicyActions.Retrieve });
        }
    }
}
