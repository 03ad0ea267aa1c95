using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using System.Text;
using System.Text.Json;
using NSec.Cryptography;
using Sanctum.Client;
using Sanctum.Daemon.Admin;

namespace Sanctum.Storage.Postgres.Tests.History;

/// <summary>Daemons in processes of their own, over one database, each by proxies that can cut and hold its connections.</summary>
/// <param name="settings">The connection string of a vault that is not there yet.</param>
/// <param name="sockets">Where each server of the database listens.</param>
[UnsupportedOSPlatform("windows")]
internal sealed class Daemons(string settings, params string[] sockets) : IAsyncDisposable
{
    // A commit brings a head and a part of the log.
    private const int CommitBytes = 600;

    private const int KeptLines = 200;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sanctum-history-");
    private readonly List<CuttingProxy[]> _proxies = [];
    private readonly ConcurrentDictionary<int, string> _tokens = new();
    private readonly List<Process?> _processes = [];
    private readonly List<ConcurrentQueue<string>> _logs = [];

    public string Settings { get; } = settings;

    public int Count => _processes.Count;

    private string Keys => Path.Join(_folder.FullName, "keys");

    public async Task StartAsync(int count, int leasesPerAgent)
    {
        await using (var store = await PostgresVaultStore.CreateAsync(Settings))
        {
            await (await Vault.CreateAsync(store, SeveralVaults.Passphrase)).DisposeAsync();
        }

        Directory.CreateDirectory(Keys, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        for (var i = 0; i < count; i++)
        {
            CuttingProxy[] proxies = [.. sockets.Select(socket => new CuttingProxy(socket) { Smallest = CommitBytes })];
            _proxies.Add(proxies);
            _processes.Add(null);
            _logs.Add([]);
            Directory.CreateDirectory(FolderOf(i), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            await File.WriteAllTextAsync(Path.Join(FolderOf(i), "config.json"), $$"""
                {"store": {"postgres": {{JsonSerializer.Serialize(CuttingProxy.Through(Settings, proxies))}}}, "leases_per_agent": {{leasesPerAgent}}, "recorded_per_minute": 1000000}
                """);
            File.SetUnixFileMode(Path.Join(FolderOf(i), "config.json"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
            await StartAsync(i);
        }
    }

    /// <summary>Has the next commit of one cut, or none.</summary>
    public void Cut(int number, CuttingProxy.Cut cut) => Array.ForEach(_proxies[number], proxy => proxy.Next = cut);

    /// <summary>Lets nothing between one and the database through, or all again.</summary>
    public void Hold(int number, bool isHeld) => Array.ForEach(_proxies[number], proxy => proxy.IsHeld = isHeld);

    /// <summary>Starts one, again and again until it does: the database may be down.</summary>
    public async Task StartAsync(int number)
    {
        var patience = Stopwatch.StartNew();
        while (!await TryStartAsync(number))
        {
            Assert.True(patience.Elapsed < TimeSpan.FromSeconds(60), "the daemon does not start");
        }
    }

    public async Task KillAsync(int number)
    {
        if (_processes[number] is { } process)
        {
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
            _processes[number] = null;
        }
    }

    /// <summary>Stops it where it is, or lets it go on.</summary>
    public async Task SignalAsync(int number, string signal)
    {
        using var kill = Process.Start("/bin/kill", [signal, _processes[number]!.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    /// <summary>Makes an agent's key file.</summary>
    /// <returns>The public key, in hex.</returns>
    public async Task<string> MakeKeyAsync(string agent)
    {
        using var key = Key.Create(SignatureAlgorithm.Ed25519, new KeyCreationParameters { ExportPolicy = KeyExportPolicies.AllowPlaintextExport });
        var path = Path.Join(Keys, $"{agent}.key");
        await File.WriteAllTextAsync(path, Convert.ToHexStringLower(key.Export(KeyBlobFormat.RawPrivateKey)));
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return Convert.ToHexStringLower(key.PublicKey.Export(KeyBlobFormat.RawPublicKey));
    }

    public SanctumClient ClientOf(int number, string agent) => new(agent, new SanctumClientOptions
    {
        SocketPath = Path.Join(FolderOf(number), "vault.sock"), KeyDirectory = Keys, ConnectTimeout = TimeSpan.FromSeconds(5), RequestTimeout = TimeSpan.FromSeconds(40),
    });

    /// <summary>What one says which daemons there are.</summary>
    public async Task<IReadOnlyList<NodeView>> NodesAsync(int number)
    {
        using var admin = new AdminClient(Path.Join(FolderOf(number), "admin.sock"), TimeSpan.FromSeconds(40));
        return await admin.ListNodesAsync();
    }

    /// <summary>Does something as an operator at one of them.</summary>
    public async Task<T> OperateAsync<T>(int number, Func<IOperatorApi, Task<T>> work)
    {
        using var admin = new AdminClient(Path.Join(FolderOf(number), "admin.sock"), TimeSpan.FromSeconds(40));
        if (!_tokens.TryGetValue(number, out var token))
        {
            token = (await admin.LoginAsync([.. SeveralVaults.Passphrase])).Token;
        }

        // A passphrase takes longer than the work: whoever did it well needs none the next time.
        _tokens.TryRemove(number, out _);
        await using var by = admin.Connect(token);
        var done = await work(by);
        _tokens[number] = token;
        return done;
    }

    public async ValueTask DisposeAsync()
    {
        for (var i = 0; i < Count; i++)
        {
            await KillAsync(i);
            foreach (var proxy in _proxies[i])
            {
                await proxy.DisposeAsync();
            }
        }

        _folder.Delete(recursive: true);
    }

    /// <summary>The end of the log of one.</summary>
    public IEnumerable<string> LogOf(int number) => _logs[number];

    private string FolderOf(int number) => Path.Join(_folder.FullName, $"daemon-{number}");

    private static async Task KeepLogAsync(StreamReader written, ConcurrentQueue<string> log)
    {
        while (await written.ReadLineAsync() is { } line)
        {
            log.Enqueue(line);
            while (log.Count > KeptLines && log.TryDequeue(out _))
            {
            }
        }
    }

    private async Task<bool> TryStartAsync(int number)
    {
        var info = new ProcessStartInfo("dotnet", [Path.Join(AppContext.BaseDirectory, "Sanctum.Daemon.Process.dll"), FolderOf(number), Encoding.UTF8.GetString(SeveralVaults.Passphrase)])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        var process = Process.Start(info)!;
        _ = KeepLogAsync(process.StandardError, _logs[number]);
        if (await process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromMinutes(1)) != "ready")
        {
            process.Kill();
            process.Dispose();
            return false;
        }

        _processes[number] = process;
        return true;
    }
}
