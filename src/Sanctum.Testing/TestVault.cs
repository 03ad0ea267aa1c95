using System.Text;
using Sanctum.Agents;
using Sanctum.Client;
using Sanctum.Client.Keys;
using Sanctum.Credentials;
using Sanctum.Crypto;
using Sanctum.Daemon.Hosting;
using Sanctum.Extensions;
using Sanctum.Policies;
using Sanctum.Storage;

namespace Sanctum.Testing;

/// <summary>
/// A vault in memory behind a daemon of this process, for tests of programs that use one: nothing is faked but the disk. A temporary folder holds the sockets and
/// the agent's key, until the vault is disposed.
/// <code>
/// await using var vault = await TestVault.StartAsync();
/// var service = await vault.StartUpstreamAsync();
/// await vault.StoreAsync("openai/api_key", "sk-test-9fQ2x7", service.Origin);
/// services.AddSanctum(vault.Configure);
/// </code>
/// </summary>
public sealed class TestVault : IAsyncDisposable
{
    private static readonly byte[] _passphrase = "correct horse battery staple"u8.ToArray();

    private readonly InMemoryVaultStore _store = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sanctum-test-");
    private readonly UpstreamCertificate _certificate = new();
    private readonly List<UpstreamRecorder> _upstreams = [];
    private readonly HashSet<string> _secrets = new(StringComparer.Ordinal);
    private readonly TestVaultOptions _options;
    private RunningDaemon? _daemon;
    private Vault _vault = null!;
    private Operator? _operator;

    private TestVault(TestVaultOptions options) => _options = options;

    /// <summary>The agent that the tested program is.</summary>
    public string Agent => _options.Agent;

    /// <summary>The daemon's socket for agents.</summary>
    public string SocketPath => DaemonOptions.SocketOf(_folder.FullName);

    /// <summary>The folder with the agents' key files.</summary>
    public string KeyDirectory => Path.Join(_folder.FullName, "keys");

    /// <summary>The vault itself, for what this class has no method for. It is another object after a restart.</summary>
    public Vault Vault => _vault;

    /// <summary>Its operator, who may do everything.</summary>
    /// <exception cref="InvalidOperationException">The vault is sealed.</exception>
    public Operator Operator => _operator ?? throw new InvalidOperationException($"the vault is sealed: call {nameof(UnsealAsync)} first");

    /// <summary>Makes a vault and starts its daemon.</summary>
    /// <param name="options">How; null for the defaults.</param>
    public static async Task<TestVault> StartAsync(TestVaultOptions? options = null)
    {
        var made = new TestVault(options ?? new TestVaultOptions());
        try
        {
            await made.CreateAsync().ConfigureAwait(false);
            await made.OpenAsync(made._options.StartSealed).ConfigureAwait(false);
            return made;
        }
        catch
        {
            await made.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Has a program's settings lead to this vault: <c>services.AddSanctum(vault.Configure)</c>.</summary>
    public void Configure(SanctumOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        (options.Agent, options.SocketPath, options.KeyDirectory) = (Agent, SocketPath, KeyDirectory);
    }

    /// <summary>A client of the agent; the caller disposes it. It connects when it is first used.</summary>
    public SanctumClient CreateClient() => new(Agent, new SanctumClientOptions { SocketPath = SocketPath, KeyDirectory = KeyDirectory });

    /// <summary>Stores a secret, or a new version of one: that is a rotation.</summary>
    /// <param name="path">The credential's path, such as <c>openai/api_key</c>.</param>
    /// <param name="secret">The secret. Tests can look for it with <see cref="RequireNoSecretIn"/>.</param>
    /// <param name="origins">Where it may be sent to, such as <see cref="UpstreamRecorder.Origin"/>; none for a secret that is not sent, or as before.</param>
    public Task StoreAsync(string path, string secret, params string[] origins) =>
        StoreAsync(path, secret, new CredentialOptions { AllowedOrigins = origins is { Length: > 0 } ? origins : null });

    /// <summary>The same with everything that a credential can have.</summary>
    public async Task StoreAsync(string path, string secret, CredentialOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(secret);
        await Vault.Credentials.StoreAsync(Operator, CredentialPath.Parse(path), Encoding.UTF8.GetBytes(secret), options).ConfigureAwait(false);
        _secrets.Add(secret);
    }

    /// <summary>Starts a service on loopback, with TLS, that records what it is sent. The vault trusts it, and disposes it.</summary>
    public async Task<UpstreamRecorder> StartUpstreamAsync()
    {
        var upstream = await UpstreamRecorder.StartAsync(_certificate.Certificate).ConfigureAwait(false);
        _upstreams.Add(upstream);
        return upstream;
    }

    /// <summary>Seals the vault: agents get <c>VAULT_LOCKED</c>.</summary>
    public async Task SealAsync()
    {
        await Vault.SealAsync("test").ConfigureAwait(false);
        _operator = null;
    }

    /// <summary>Unseals it.</summary>
    public async Task UnsealAsync()
    {
        _operator = await Vault.UnsealAsync(_passphrase).ConfigureAwait(false);
    }

    /// <summary>Stops the daemon: agents can't reach it. What was stored stays.</summary>
    public async Task StopAsync()
    {
        if (_daemon is { } daemon)
        {
            (_daemon, _operator) = (null, null);
            await daemon.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Stops the daemon, if it runs, and starts it again with the same vault, unsealed.</summary>
    public async Task RestartAsync()
    {
        await StopAsync().ConfigureAwait(false);
        await OpenAsync(isSealed: false).ConfigureAwait(false);
    }

    /// <summary>Fails if a stored secret is in a text, such as a program's log or its output.</summary>
    /// <exception cref="TestVaultException">One is.</exception>
    public void RequireNoSecretIn(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        foreach (var secret in _secrets.Where(secret => text.Contains(secret, StringComparison.Ordinal)))
        {
            throw new TestVaultException($"the text holds a secret of the vault, at character {text.IndexOf(secret, StringComparison.Ordinal)}");
        }
    }

    /// <summary>Stops the daemon and its services, and deletes the folder.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        foreach (var upstream in _upstreams)
        {
            await upstream.DisposeAsync().ConfigureAwait(false);
        }

        _upstreams.Clear();
        _certificate.Dispose();
        if (_folder.Exists)
        {
            _folder.Delete(recursive: true);
            _folder.Refresh();
        }
    }

    private async Task CreateAsync()
    {
        Directory.CreateDirectory(KeyDirectory);
        using var key = AgentKey.Generate();
        key.Save(Path.Join(KeyDirectory, $"{Agent}.key"));

        var vault = await Vault.CreateAsync(_store, _passphrase, new VaultOptions { Kdf = KdfParameters.Minimum, TimeProvider = _options.TimeProvider }).ConfigureAwait(false);
        await using (vault.ConfigureAwait(false))
        {
            var by = await vault.UnsealAsync(_passphrase).ConfigureAwait(false);
            await vault.Agents.RegisterAsync(by, AgentName.Parse(Agent), key.PublicKey).ConfigureAwait(false);
            if (_options.Grant != PolicyActions.None)
            {
                await vault.Policies.AddAsync(by, new Policy { Name = "test", Principal = $"agent:{Agent}", Resources = ["*"], Actions = _options.Grant, MaxTtl = _options.MaxTtl })
                    .ConfigureAwait(false);
            }
        }
    }

    private async Task OpenAsync(bool isSealed)
    {
        var options = new DaemonOptions { VaultDirectory = _folder.FullName, LogLevel = "error", TimeProvider = _options.TimeProvider };
        _daemon = await RunningDaemon.StartAsync(options, isSealed ? null : _passphrase, OpenStoreAsync, CancellationToken.None).ConfigureAwait(false);
        _operator = isSealed ? null : await _vault.UnsealAsync(_passphrase).ConfigureAwait(false);
    }

    private async Task<OpenedVault> OpenStoreAsync(DaemonSettings settings)
    {
        var options = settings.VaultOptions;
        var opened = await OpenedVault.OpenAsync(
            _store,
            options with
            {
                MaxLeaseRenewals = _options.MaxLeaseRenewals,
                Egress = options.Egress with { TrustedAuthorities = [_certificate.Certificate], MaxPerMinutePerAgent = _options.RequestsPerMinute },
            },
            CancellationToken.None).ConfigureAwait(false);
        _vault = opened.Vault;
        return opened;
    }
}
