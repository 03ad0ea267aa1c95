using System.Text;
using Sanctum.Agents;
using Sanctum.Client.Keys;
using Sanctum.Credentials;
using Sanctum.Policies;
using Sanctum.Storage;

namespace Sanctum.Bench.Several;

/// <summary>A vault in SQLite or PostgreSQL with an agent, a key to sign with and a secret to retrieve, and the daemons that serve it.</summary>
internal sealed class BenchVault(BenchFolder folder, string name, string? postgres) : IDisposable
{
    public const string Agent = "bench";
    public const string Key = "bench/key";
    public const string Streamed = "bench/model";

    private const string Passphrase = "benchmark passphrase";

    private readonly AgentKey _key = AgentKey.Generate();
    private readonly List<ServerProcess> _daemons = [];

    public IReadOnlyList<ServerProcess> Daemons => _daemons;

    public AgentKey AgentKey => _key;

    public static byte[] PassphraseBytes => Encoding.UTF8.GetBytes(Passphrase);

    public static Policy Policy => new()
    {
        Name = "bench",
        Principal = $"agent:{Agent}",
        Resources = ["bench/*"],
        Actions = PolicyActions.Use | PolicyActions.Retrieve,
    };

    public TimeSpan ProcessorTime => new(_daemons.Sum(daemon => daemon.ProcessorTime.Ticks));

    public string FolderOf(int daemon) => Path.Join(folder.Path, $"{name}{daemon}");

    public string SocketOf(int daemon) => Path.Join(FolderOf(daemon), "vault.sock");

    public async Task MakeAsync(IVaultStore store, params string[] origins)
    {
        await using var vault = await Vault.CreateAsync(store, PassphraseBytes);
        var by = await vault.UnsealAsync(PassphraseBytes);
        await vault.Agents.RegisterAsync(by, AgentName.Parse(Agent), _key.PublicKey);
        await vault.Credentials.StoreAsync(by, CredentialPath.Parse(Key), "a shared secret of some length"u8.ToArray());
        if (origins.Length > 0)
        {
            await vault.Credentials.StoreAsync(by, CredentialPath.Parse(Streamed), "sk-bench-7Rk2mQ9vXt4LpZ8w"u8.ToArray(), new CredentialOptions { AllowedOrigins = origins });
        }

        await vault.Policies.AddAsync(by, Policy);
        await vault.Policies.AddAsync(by, new Policy { Name = "tools", Principal = $"agent:{Agent}", Resources = ["tool:inner/*"], Actions = PolicyActions.Call });
        await File.WriteAllTextAsync(Path.Join(folder.Path, "passphrase"), Passphrase);
    }

    /// <summary>Starts one more daemon.</summary>
    public async Task<int> StartAsync()
    {
        var number = _daemons.Count;
        _daemons.Add(await StartAsync(number));
        return number;
    }

    /// <summary>Starts a daemon that has ended once more.</summary>
    public async Task RestartAsync(int daemon) => _daemons[daemon] = await StartAsync(daemon);

    private async Task<ServerProcess> StartAsync(int number)
    {
        if (postgres is not null)
        {
            Directory.CreateDirectory(FolderOf(number));
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(FolderOf(number), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }

            await File.WriteAllTextAsync(Path.Join(FolderOf(number), "config.json"), $$$"""{"store": {"postgres": "{{{postgres}}}"}, "egress": {"requests_per_minute": 0}}""");
        }

        File.Delete(SocketOf(number));
        return await ServerProcess.StartSanctumAsync(
            ["daemon", "start", "--foreground", "--vault-path", FolderOf(number), "--passphrase-file", Path.Join(folder.Path, "passphrase")], SocketOf(number));
    }

    public void Dispose()
    {
        _daemons.ForEach(daemon => daemon.Dispose());
        _key.Dispose();
    }
}
