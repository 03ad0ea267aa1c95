using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Sanctum.Agents;
using Sanctum.Audit;
using Sanctum.Credentials;
using Sanctum.Crypto;
using Sanctum.Operations;
using Sanctum.Policies;
using Sanctum.Sessions;
using Sanctum.Storage;

namespace Sanctum.Tests.Fixture;

/// <summary>A real vault over a store that lies open, with a clock that stands still, and whatever agents a test signs in.</summary>
internal sealed class TestVault : IAsyncDisposable
{
    public static readonly byte[] Passphrase = "correct horse battery staple"u8.ToArray();
    public static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly Dictionary<string, AgentKey> _keys = [];

    private TestVault(IVaultStore store, VaultOptions options) => (RawStore, Options) = (store, options);

    public FakeTimeProvider Time { get; private init; } = null!;

    public IVaultStore RawStore { get; }

    public OpenStore Store => (OpenStore)RawStore;

    public VaultOptions Options { get; }

    public Vault Vault { get; private set; } = null!;

    public Operator Operator { get; private set; } = null!;

    public static async Task<TestVault> CreateAsync(Func<VaultOptions, VaultOptions>? configure = null, IVaultStore? store = null)
    {
        var time = new FakeTimeProvider(Noon);
        var options = new VaultOptions { TimeProvider = time, Kdf = KdfParameters.Minimum, ApprovalWait = TimeSpan.Zero };
        var test = new TestVault(store ?? new OpenStore(), configure?.Invoke(options) ?? options) { Time = time };
        test.Vault = await Vault.CreateAsync(test.RawStore, Passphrase, test.Options);
        test.Operator = await test.Vault.UnsealAsync(Passphrase);
        return test;
    }

    public Task SealAsync() => Vault.SealAsync("test");

    public async Task UnsealAsync() => Operator = await Vault.UnsealAsync(Passphrase);

    /// <summary>Seals, and opens what is in the store with a new vault.</summary>
    public async Task ReopenAsync()
    {
        await Vault.DisposeAsync();
        Vault = await Vault.OpenAsync(RawStore, Options);
        await UnsealAsync();
    }

    public AgentKey KeyOf(string agent) => _keys[agent];

    public async Task RegisterAsync(string agent)
    {
        _keys[agent] = new AgentKey();
        await Vault.Agents.RegisterAsync(Operator, AgentName.Parse(agent), _keys[agent].PublicKey);
    }

    public async Task<Session> SignInAsync(string agent)
    {
        if (!_keys.ContainsKey(agent))
        {
            await RegisterAsync(agent);
        }

        var challenge = Vault.IssueChallenge(agent);
        return await Vault.AuthenticateAsync(challenge, _keys[agent].Sign(challenge.Bytes.Span), "test");
    }

    public Task<CredentialInfo> StoreAsync(string path, string secret = "s3cret", CredentialOptions? options = null) =>
        Vault.Credentials.StoreAsync(Operator, CredentialPath.Parse(path), Encoding.UTF8.GetBytes(secret), options);

    public Task<Policy> AllowAsync(
        PolicyActions actions, string resource = "*", string agent = "*", string? name = null, PolicyConditions? conditions = null, int maxTtl = 300) =>
        Vault.Policies.AddAsync(Operator, new Policy
        {
            Name = name ?? Guid.NewGuid().ToString("N"),
            Principal = "agent:" + agent,
            Resources = [resource],
            Actions = actions,
            Conditions = conditions ?? PolicyConditions.None,
            MaxTtl = TimeSpan.FromSeconds(maxTtl),
        });

    public async Task<string> RetrieveAsync(Caller caller, string path)
    {
        using var retrieved = await Vault.RetrieveAsync(caller, CredentialPath.Parse(path));
        return Encoding.UTF8.GetString(retrieved.Secret.Span);
    }

    public Task<OperationResult> UseAsync(Caller caller, string path, string operation, string parameters = "{}") =>
        Vault.UseAsync(caller, CredentialPath.Parse(path), operation, JsonElement.Parse(parameters));

    /// <summary>Makes a change while a call, which has been decided on, waits for its secret; then lets the call go on.</summary>
    /// <returns>The call, done or refused.</returns>
    public async Task<Task<T>> ChangeMeanwhileAsync<T>(Func<Task<T>> call, Func<Task> change)
    {
        using var reached = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        Store.Reading = _ =>
        {
            reached.Set();
            goOn.Await();
        };
        var running = Task.Run(call);
        reached.Await();
        Store.Reading = null;
        await change().InTime();
        goOn.Set();
        await Task.WhenAny(running).InTime();
        return running;
    }

    public async Task<List<AuditEntry>> AuditAsync(AuditQuery? query = null)
    {
        List<AuditEntry> entries = [];
        await foreach (var entry in Vault.Audit.ReadAsync(Operator, query))
        {
            entries.Add(entry);
        }

        return entries;
    }

    /// <summary>Makes the log longer by as many entries as it is given, in segments as full as they get.</summary>
    public async Task RecordAsync(IEnumerable<AuditEntry> entries)
    {
        var vault = Vault.Enter(Operator);
        try
        {
            foreach (var segment in entries.Chunk(1024))
            {
                await vault.Journal.CommitAsync(segment, []);
            }
        }
        finally
        {
            vault.Exit();
        }
    }

    public ValueTask DisposeAsync()
    {
        foreach (var key in _keys.Values)
        {
            key.Dispose();
        }

        return Vault.DisposeAsync();
    }
}
