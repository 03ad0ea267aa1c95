using System.Text;
using NSec.Cryptography;
using Sanctum.Agents;
using Sanctum.Credentials;
using Sanctum.Crypto;
using Sanctum.Daemon.Admin;
using Sanctum.Daemon.Hosting;
using Sanctum.Policies;
using Sanctum.Storage.Sqlite;

namespace Sanctum.Daemon.Tests;

/// <summary>
/// A real vault in a folder of its own, with two agents, a policy and a few credentials; and daemons on it. What is secret
/// about a credential begins with CANARY.
/// </summary>
internal sealed class VaultFixture : IAsyncDisposable
{
    public const string Passphrase = "correct horse battery staple";
    public const string ApiKey = "CANARY-sk-1234567890";

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("sanctum-daemon-");
    private readonly List<IAsyncDisposable> _open = [];

    public string Folder => Path.Join(_root.FullName, "vault");

    public string Root => _root.FullName;

    public string Socket => DaemonOptions.SocketOf(Folder);

    public string AdminSocket => DaemonOptions.AdminSocketOf(Folder);

    /// <summary>Registered, with grants on <c>app/*</c>.</summary>
    public Key Agent { get; } = Key.Create(SignatureAlgorithm.Ed25519);

    /// <summary>Registered, with no grants.</summary>
    public Key Stranger { get; } = Key.Create(SignatureAlgorithm.Ed25519);

    public static ReadOnlyMemory<byte> PassphraseBytes => Encoding.UTF8.GetBytes(Passphrase);

    public static async Task<VaultFixture> CreateAsync(Func<Vault, Operator, Task>? prepare = null)
    {
        var fixture = new VaultFixture();
        await using var store = await SqliteVaultStore.CreateAsync(fixture.Folder);
        await using var vault = await Vault.CreateAsync(store, PassphraseBytes, new VaultOptions { Kdf = KdfParameters.Minimum });
        var by = await vault.UnsealAsync(PassphraseBytes);
        await vault.Agents.RegisterAsync(by, AgentName.Parse("worker"), fixture.Agent.PublicKey.Export(KeyBlobFormat.RawPublicKey));
        await vault.Agents.RegisterAsync(by, AgentName.Parse("stranger"), fixture.Stranger.PublicKey.Export(KeyBlobFormat.RawPublicKey));
        await vault.Credentials.StoreAsync(by, CredentialPath.Parse("app/api_key"), Encoding.UTF8.GetBytes(ApiKey), new CredentialOptions { Description = "the app's key", Tags = ["prod"] });
        await vault.Credentials.StoreAsync(by, CredentialPath.Parse("app/binary"), new byte[] { 0xff, 0x00, 0xfe });
        await vault.Credentials.StoreAsync(by, CredentialPath.Parse("other/key"), Encoding.UTF8.GetBytes("CANARY-other"));
        await vault.Policies.AddAsync(by, new Policy
        {
            Name = "worker",
            Principal = "agent:worker",
            Resources = ["app/*"],
            Actions = PolicyActions.Retrieve | PolicyActions.List | PolicyActions.Use,
        });
        if (prepare is not null)
        {
            await prepare(vault, by);
        }

        return fixture;
    }

    /// <summary>Writes config.json.</summary>
    public void Configure(string json)
    {
        File.WriteAllText(Path.Join(Folder, "config.json"), json);
        File.SetUnixFileMode(Path.Join(Folder, "config.json"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    public async Task<RunningDaemon> StartAsync(Func<DaemonOptions, DaemonOptions>? options = null, bool unsealed = true, GatedStore? gate = null)
    {
        var given = new DaemonOptions { VaultDirectory = Folder, LogLevel = "error" };
        given = options?.Invoke(given) ?? given;
        var daemon = gate is null
            ? await RunningDaemon.StartAsync(given, unsealed ? PassphraseBytes : null)
            : await RunningDaemon.StartAsync(
                given,
                unsealed ? PassphraseBytes : null,
                async settings => await OpenedVault.OpenAsync(gate.Around(await SqliteVaultStore.OpenAsync(Folder)), settings.VaultOptions, default),
                default);
        _open.Add(daemon);
        return daemon;
    }

    public async Task<AgentWire> ConnectAsync()
    {
        var wire = await AgentWire.ConnectAsync(Socket);
        _open.Add(wire);
        return wire;
    }

    /// <summary>A connection on which <see cref="Agent"/> has signed in.</summary>
    public async Task<AgentWire> SignInAsync()
    {
        var wire = await ConnectAsync();
        await wire.SignInAsync("worker", Agent);
        return wire;
    }

    public AdminClient Admin() => new(AdminSocket);

    /// <summary>The operator's calls, through the daemon.</summary>
    public async Task<IOperatorApi> OperatorAsync()
    {
        var admin = Admin();
        return admin.Connect((await admin.LoginAsync(PassphraseBytes.ToArray())).Token);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var open in Enumerable.Reverse(_open))
        {
            await open.DisposeAsync();
        }

        _root.Delete(recursive: true);
    }
}
