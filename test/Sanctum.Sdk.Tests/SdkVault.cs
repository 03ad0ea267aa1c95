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

/// <summary>A vault behind a daemon, an agent that may use every credential in it, and the service that they are for.</summary>
public class SdkVault : IAsyncLifetime
{
    public const string Agent = "program";

    /// <summary>An agent that may do nothing.</summary>
    public const string Stranger = "stranger";

    private static readonly byte[] Passphrase = Encoding.UTF8.GetBytes("correct horse battery staple");

    private readonly TestAuthority _authority = new();
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("sanctum-sdk-");
    private RunningDaemon _daemon = null!;

    /// <summary>What all SDKs are given in a key's place.</summary>
    public const string Placeholder = "placeholder-0000";

    /// <summary>The real one, in all credentials but AWS's.</summary>
    public const string Secret = "sk-real-9fQ2x7ZtPqLw0";

    public const string AwsSecret = "AKIDEXAMPLE:wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    public TestUpstream Service { get; private set; } = null!;

    /// <summary>The service whose requests and responses stream, over TLS. The same credentials are bound to it.</summary>
    public StreamService Streams { get; private set; } = null!;

    /// <summary>The vault's folder.</summary>
    public string Folder => Path.Join(_root.FullName, "vault");

    /// <summary>A file with the certificate of the authority behind <see cref="Streams"/>.</summary>
    public string AuthorityFile => Path.Join(_root.FullName, "authority.pem");

    public SanctumClient Client { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Service = await TestUpstream.StartAsync();
        Streams = await StreamService.StartAsync(_authority);
        _authority.WriteCaPem(AuthorityFile);
        await using (var store = await SqliteVaultStore.CreateAsync(Folder))
        {
            await using var vault = await Vault.CreateAsync(store, Passphrase, new VaultOptions { Kdf = KdfParameters.Minimum });
            await FillAsync(vault, await vault.UnsealAsync(Passphrase));
        }

        await File.WriteAllTextAsync(
            Path.Join(Folder, "config.json"), $$"""{ "egress": { "trusted_ca_file": "{{AuthorityFile}}", "requests_per_minute": 0, "concurrent_requests": 500 } }""");
        await StartAsync();
        Client = await ConnectAsync();
    }

    public Task<SanctumClient> ConnectAsync(string agent = Agent) => SanctumClient.ConnectAsync(agent, new() { SocketPath = DaemonOptions.SocketOf(Folder), KeyDirectory = Keys });

    /// <summary>The daemon's clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The operator's calls, through the daemon.</summary>
    public async Task<IOperatorApi> OperatorAsync()
    {
        var admin = new AdminClient(DaemonOptions.AdminSocketOf(Folder));
        return admin.Connect((await admin.LoginAsync(Passphrase.ToArray())).Token);
    }

    /// <summary>Ends the daemon with everything that is under way, and starts it again.</summary>
    public async Task RestartAsync()
    {
        await _daemon.DisposeAsync();
        await StartAsync();
    }

    /// <summary>The agent on a connection of its own.</summary>
    internal async Task<BareAgent> SignInAsync()
    {
        using var key = AgentKey.Load(Path.Join(Keys, $"{Agent}.key"));
        return await BareAgent.SignInAsync(DaemonOptions.SocketOf(Folder), Agent, key);
    }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await _daemon.DisposeAsync();
        await Streams.DisposeAsync();
        await Service.DisposeAsync();
        _authority.Dispose();
        _root.Delete(recursive: true);
    }

    /// <summary>What an SDK is given instead of its own way to the service.</summary>
    public HttpClient Through(string path, HttpUseOptions? options = null) => new(new SanctumHttpHandler(Client, path, options));

    /// <summary>The one request to this path, after a look that no SDK's key has arrived with it.</summary>
    public ReceivedRequest Received(string path)
    {
        var request = Service.Requests.Last(request => request.Target.StartsWith(path, StringComparison.Ordinal));
        Assert.DoesNotContain(request.Headers, header => header.Value.Contains(Placeholder, StringComparison.Ordinal));
        Assert.DoesNotContain(Placeholder, request.Target, StringComparison.Ordinal);
        return request;
    }

    /// <summary>What is in the vault: path, secret and where the secret is put.</summary>
    protected virtual IEnumerable<(string Path, string Secret, string HeaderType)> Credentials =>
    [
        ("openai/key", Secret, "bearer"), ("anthropic/key", Secret, "custom:X-Api-Key"), ("anthropic/token", Secret, "bearer"), ("github/token", Secret, "bearer"), ("google/key", Secret, "query:key"), ("sign/key", Secret, "bearer"),
        ("aws/s3", AwsSecret, "aws_sigv4:eu-west-1/s3"), ("aws/bedrock", AwsSecret, "aws_sigv4:us-east-1/bedrock"),
    ];

    /// <summary>The folder with the agents' keys.</summary>
    public string Keys => Path.Join(Folder, "keys");

    private async Task StartAsync() => _daemon = await RunningDaemon.StartAsync(new DaemonOptions { VaultDirectory = Folder, LogLevel = "error", Proxy = "127.0.0.1:0", TimeProvider = Time }, Passphrase);

    /// <summary>Lets the agent call all tools of a wrapped server.</summary>
    internal async Task GrantToolsAsync(string server)
    {
        await using var by = await OperatorAsync();
        await by.SetPolicyAsync(new PolicyView($"tools-{server}", $"agent:{Agent}", [$"tool:{server}/*"], ["call"]));
    }

    private async Task FillAsync(Vault vault, Operator by)
    {
        Directory.CreateDirectory(Keys, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        foreach (var name in (string[])[Agent, Stranger])
        {
            using var key = AgentKey.Generate();
            key.Save(Path.Join(Keys, $"{name}.key"));
            await vault.Agents.RegisterAsync(by, AgentName.Parse(name), key.PublicKey);
        }

        await vault.Policies.AddAsync(by, new Policy { Name = "use", Principal = $"agent:{Agent}", Resources = ["*"], Actions = PolicyActions.Use });
        foreach (var (path, secret, headerType) in Credentials)
        {
            await vault.Credentials.StoreAsync(
                by, CredentialPath.Parse(path), Encoding.UTF8.GetBytes(secret), new CredentialOptions { AllowedOrigins = [Service.Origin, Streams.Origin], HeaderType = headerType });
        }
    }
}
