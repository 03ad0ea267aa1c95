using System.Text;
using Sanctum.Agents;
using Sanctum.Client;
using Sanctum.Client.Keys;
using Sanctum.Credentials;
using Sanctum.Crypto;
using Sanctum.Daemon.Hosting;
using Sanctum.Policies;
using Sanctum.Storage.Sqlite;
using Sanctum.Upstream;

namespace Sanctum.Sdk.Tests;

/// <summary>A vault behind a daemon, an agent that may use every credential in it, and the service that they are for.</summary>
public sealed class SdkVault : IAsyncLifetime
{
    private const string Agent = "program";

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("sanctum-sdk-");
    private RunningDaemon _daemon = null!;

    /// <summary>What all SDKs are given in a key's place.</summary>
    public const string Placeholder = "placeholder-0000";

    /// <summary>The real one, in all credentials but AWS's.</summary>
    public const string Secret = "sk-real-9fQ2x7ZtPqLw0";

    public const string AwsSecret = "AKIDEXAMPLE:wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    public TestUpstream Service { get; private set; } = null!;

    public SanctumClient Client { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Service = await TestUpstream.StartAsync();
        var folder = Path.Join(_root.FullName, "vault");
        var passphrase = Encoding.UTF8.GetBytes("correct horse battery staple");
        await using (var store = await SqliteVaultStore.CreateAsync(folder))
        {
            await using var vault = await Vault.CreateAsync(store, passphrase, new VaultOptions { Kdf = KdfParameters.Minimum });
            await FillAsync(vault, await vault.UnsealAsync(passphrase));
        }

        _daemon = await RunningDaemon.StartAsync(new DaemonOptions { VaultDirectory = folder, LogLevel = "error", Proxy = "127.0.0.1:0" }, passphrase);
        Client = await SanctumClient.ConnectAsync(Agent, new() { SocketPath = DaemonOptions.SocketOf(folder), KeyDirectory = _root.FullName });
    }

    /// <summary>The agent on a connection of its own.</summary>
    internal async Task<BareAgent> SignInAsync()
    {
        using var key = AgentKey.Load(Path.Join(_root.FullName, $"{Agent}.key"));
        return await BareAgent.SignInAsync(DaemonOptions.SocketOf(Path.Join(_root.FullName, "vault")), Agent, key);
    }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await _daemon.DisposeAsync();
        await Service.DisposeAsync();
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

    private async Task FillAsync(Vault vault, Operator by)
    {
        using var key = AgentKey.Generate();
        key.Save(Path.Join(_root.FullName, $"{Agent}.key"));
        await vault.Agents.RegisterAsync(by, AgentName.Parse(Agent), key.PublicKey);
        await vault.Policies.AddAsync(by, new Policy { Name = "use", Principal = "agent:*", Resources = ["*"], Actions = PolicyActions.Use });
        foreach (var (path, secret, headerType) in ((string, string, string)[])
            [
                ("openai/key", Secret, "bearer"), ("anthropic/key", Secret, "custom:X-Api-Key"), ("github/token", Secret, "bearer"), ("google/key", Secret, "query:key"),
                ("aws/s3", AwsSecret, "aws_sigv4:eu-west-1/s3"), ("aws/bedrock", AwsSecret, "aws_sigv4:us-east-1/bedrock"),
            ])
        {
            await vault.Credentials.StoreAsync(
                by, CredentialPath.Parse(path), Encoding.UTF8.GetBytes(secret), new CredentialOptions { AllowedOrigins = [Service.Origin], HeaderType = headerType });
        }
    }
}
