using System.Diagnostics;
using System.Text;
using System.Text.Json;
using NSec.Cryptography;
using Sanctum.Agents;
using Sanctum.Credentials;
using Sanctum.Policies;
using Sanctum.Sessions;

namespace Sanctum.Storage.Postgres.Tests;

/// <summary>One vault, served by several at once as daemons do: each has a store and connections of its own.</summary>
internal sealed class SeveralVaults : IAsyncDisposable
{
    public static readonly CredentialPath Path = CredentialPath.Parse("webhooks/signing_key");
    public static readonly AgentName Helper = AgentName.Parse("helper");

    private readonly List<(PostgresVaultStore Store, Vault Vault, Operator By)> _all = [];

    public static byte[] Passphrase { get; } = Encoding.UTF8.GetBytes("correct horse battery staple");

    public Key HelperKey { get; } = Key.Create(SignatureAlgorithm.Ed25519);

    public string Settings { get; private init; } = "";

    public Vault this[int number] => _all[number].Vault;

    /// <summary>A vault with a credential, an agent and a policy that lets it sign and retrieve.</summary>
    public static Task<SeveralVaults> StartAsync(PostgresServer server, int count, PolicyConditions? conditions = null, VaultOptions? options = null, Func<int, string, string>? through = null) =>
        StartAsync(server.NewVault(), count, conditions, options, through);

    /// <summary>The same in a database that a connection string names.</summary>
    public static async Task<SeveralVaults> StartAsync(string settings, int count, PolicyConditions? conditions = null, VaultOptions? options = null, Func<int, string, string>? through = null)
    {
        var several = new SeveralVaults { Settings = settings };
        await using (var store = await PostgresVaultStore.CreateAsync(several.Settings))
        {
            await (await Vault.CreateAsync(store, Passphrase)).DisposeAsync();
        }

        for (var i = 0; i < count; i++)
        {
            await several.AddAsync(through?.Invoke(i, several.Settings), through is null ? Patient(options) : options ?? new VaultOptions());
        }

        var (_, first, by) = several._all[0];
        await first.Credentials.StoreAsync(by, Path, "a shared secret of some length"u8.ToArray(), new CredentialOptions { Type = "hmac" });
        await first.Agents.RegisterAsync(by, Helper, several.HelperKey.PublicKey.Export(KeyBlobFormat.RawPublicKey));
        await first.Policies.AddAsync(by, PolicyWith(conditions ?? new PolicyConditions()));
        foreach (var (_, vault, operatorThere) in several._all)
        {
            await UntilAsync(async () => (await vault.Policies.ListAsync(operatorThere)).Count == 1);
        }

        return several;
    }

    public static Policy PolicyWith(PolicyConditions conditions) => new()
    {
        Name = "work", Principal = "agent:helper", Resources = ["webhooks/*"], Actions = PolicyActions.Use | PolicyActions.Retrieve, Conditions = conditions,
    };

    // A machine that is busy is no database that is silent.
    private static VaultOptions Patient(VaultOptions? options) => (options ?? new VaultOptions()) with { LongestStoreSilence = TimeSpan.FromSeconds(15) };

    public Operator By(int number) => _all[number].By;

    public PostgresVaultStore StoreOf(int number) => _all[number].Store;

    public async Task<int> AddAsync(string? settings = null, VaultOptions? options = null, Func<ISharedVaultStore, ISharedVaultStore>? around = null)
    {
        var store = await PostgresVaultStore.OpenAsync(settings ?? Settings);
        var vault = await Vault.OpenAsync(around?.Invoke(store) ?? store, options ?? Patient(null));
        _all.Add((store, vault, await vault.UnsealAsync(Passphrase)));
        return _all.Count - 1;
    }

    public async Task<Session> SignInAsync(int number)
    {
        var challenge = this[number].IssueChallenge(Helper.Value);
        return await this[number].AuthenticateAsync(challenge, SignatureAlgorithm.Ed25519.Sign(HelperKey, challenge.Bytes.Span), source: "test");
    }

    public async Task SignAsync(int number, Session session)
    {
        using var signed = await this[number].UseAsync(session.Caller, Path, "sign", JsonElement.Parse("""{"data": "order 42"}"""));
    }

    /// <summary>What becomes of an attempt: null, or the code of its refusal.</summary>
    public static async Task<VaultErrorCode?> TryAsync(Func<Task> attempt)
    {
        try
        {
            await attempt();
            return null;
        }
        catch (VaultException refused)
        {
            return refused.Code;
        }
    }

    /// <summary>Waits until something is so, at most ten seconds unless it is told otherwise.</summary>
    public static async Task UntilAsync(Func<Task<bool>> isSo, TimeSpan? atMost = null)
    {
        for (var since = Stopwatch.StartNew(); since.Elapsed < (atMost ?? TimeSpan.FromSeconds(10));)
        {
            if (await isSo())
            {
                return;
            }

            await Task.Delay(20);
        }

        Assert.Fail("it was not so in time");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (store, vault, _) in _all)
        {
            await vault.DisposeAsync();
            await store.DisposeAsync();
        }

        HelperKey.Dispose();
    }
}
