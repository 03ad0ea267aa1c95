using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Sanctum.Agents;
using Sanctum.Client;
using Sanctum.Client.Keys;
using Sanctum.Credentials;
using Sanctum.Crypto;
using Sanctum.Daemon.Admin;
using Sanctum.Daemon.Hosting;
using Sanctum.Policies;
using Sanctum.Storage.Sqlite;
using Sanctum.Upstream;

namespace Sanctum.Sdk.Tests;

/// <summary>A vault whose daemon serves agents and operators by TLS on loopback ports.</summary>
internal sealed class TlsVault : IAsyncDisposable
{
    public const string Agent = "worker";

    public const string PassphraseText = "correct horse battery staple";

    private static readonly byte[] Passphrase = Encoding.UTF8.GetBytes(PassphraseText);

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("sanctum-tls-");
    private RunningDaemon? _daemon;

    /// <summary>Vouches for the daemon.</summary>
    public TestAuthority Authority { get; private init; } = new();

    private byte[] PublicKey { get; set; } = [];

    /// <summary>Vouches for clients.</summary>
    public TestAuthority Clients { get; } = new("clients");

    public string Folder => Path.Join(_root.FullName, "vault");

    public string CaFile => Path.Join(_root.FullName, "ca.pem");

    public IPEndPoint Tcp => IPEndPoint.Parse(_daemon!.Status.Tcp!);

    public IPEndPoint Http => IPEndPoint.Parse(_daemon!.Status.Http!);

    public string Address => $"tls://localhost:{Tcp.Port}";

    /// <param name="like">Another one, whose agent and authority it is to know too.</param>
    public static async Task<TlsVault> CreateAsync(TlsVault? like = null)
    {
        var made = like is null ? new TlsVault() : new TlsVault { Authority = like.Authority };
        await using var store = await SqliteVaultStore.CreateAsync(made.Folder);
        await using var vault = await Vault.CreateAsync(store, Passphrase, new VaultOptions { Kdf = KdfParameters.Minimum });
        var by = await vault.UnsealAsync(Passphrase);
        Directory.CreateDirectory(Path.Join(made.Folder, "keys"));
        using var key = AgentKey.Generate();
        key.Save(Path.Join(made.Folder, "keys", $"{Agent}.key"));
        made.PublicKey = like?.PublicKey ?? key.PublicKey.ToArray();
        await vault.Agents.RegisterAsync(by, AgentName.Parse(Agent), made.PublicKey);
        await vault.Credentials.StoreAsync(by, CredentialPath.Parse("app/key"), "CANARY-tls-0123456789"u8.ToArray());
        await vault.Policies.AddAsync(by, new Policy { Name = Agent, Principal = $"agent:{Agent}", Resources = ["app/*"], Actions = PolicyActions.List | PolicyActions.Retrieve });
        made.Authority.WriteCaPem(made.CaFile);
        made.Clients.WriteCaPem(made.At("clients.pem"));
        made.Write("server", made.Authority.Issue("localhost", "127.0.0.1"));
        return made;
    }

    public string At(string name) => Path.Join(Folder, name);

    /// <summary>Writes a certificate and its key as NAME.pem and NAME.key.</summary>
    public void Write(string name, X509Certificate2 certificate)
    {
        WriteCertificate(name, certificate);
        using var key = certificate.GetECDsaPrivateKey()!;
        Replace($"{name}.key", key.ExportPkcs8PrivateKeyPem());
    }

    public void WriteCertificate(string name, X509Certificate2 certificate) => Replace($"{name}.pem", certificate.ExportCertificatePem() + "\n");

    /// <summary>Starts the daemon.</summary>
    /// <param name="clients">Whether clients need a certificate.</param>
    /// <param name="options">What else it is told.</param>
    public async Task StartAsync(bool clients = false, Func<DaemonOptions, DaemonOptions>? options = null)
    {
        WriteConfiguration(clients);
        var given = new DaemonOptions { VaultDirectory = Folder, LogLevel = "error" };
        _daemon = await RunningDaemon.StartAsync(options?.Invoke(given) ?? given, Passphrase);
    }

    /// <summary>Writes what a daemon is to do.</summary>
    /// <param name="clients">Whether clients need a certificate.</param>
    public void WriteConfiguration(bool clients = false) => Replace("config.json", $$"""
        {
          "listeners": { "tcp": "127.0.0.1:0", "http": "127.0.0.1:0" },
          "tls": { "cert_file": "server.pem", "key_file": "server.key"{{(clients ? ", \"client_ca_file\": \"clients.pem\"" : "")}} }
        }
        """);

    public SanctumClientOptions Options(params string[] addresses) => new()
    {
        Addresses = addresses is [] ? [Address] : addresses,
        CaFile = CaFile,
        KeyDirectory = At("keys"),
    };

    /// <summary>An agent's client, with other options than the usual ones.</summary>
    public SanctumClient Client(Action<SanctumClientOptions>? change = null, params string[] addresses)
    {
        var options = Options(addresses);
        change?.Invoke(options);
        return new SanctumClient(Agent, options);
    }

    public async Task<string> TokenAsync()
    {
        using var admin = new AdminClient(DaemonOptions.AdminSocketOf(Folder));
        return (await admin.LoginAsync(Passphrase.ToArray())).Token;
    }

    /// <summary>Stops the daemon, as SIGTERM does.</summary>
    public ValueTask StopAsync() => _daemon!.DisposeAsync();

    public async ValueTask DisposeAsync()
    {
        if (_daemon is not null)
        {
            await _daemon.DisposeAsync();
        }

        Authority.Dispose();
        Clients.Dispose();
        _root.Delete(recursive: true);
    }

    private void Replace(string name, string text)
    {
        File.WriteAllText(At(name), text);
        File.SetUnixFileMode(At(name), UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }
}
