using Sanctum.Client;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Clients;

/// <summary>The vault that the tests of the clients share.</summary>
[CollectionDefinition(nameof(ClientVault))]
public sealed class ClientVault : ServedVault, ICollectionFixture<ClientVault>
{
    public const string Agent = "alice";

    /// <summary>Nobody else's leases are its own.</summary>
    public const string Holder = "holder";
    public const string Key = "team/key";
    public const string Secret = "a secret with a façade";
    public const string Bytes = "team/bytes";

    public static readonly byte[] SecretBytes = [0xff, 0x00, 0xfe];

    internal SanctumClientOptions Options(string agent = Agent, Transport transport = Transport.Unix) => transport is Transport.Tcp
        ? new SanctumClientOptions { Host = Tcp.Address.ToString(), Port = Tcp.Port, KeyPath = Home.KeyOf(agent) }
        : new SanctumClientOptions { SocketPath = Home.Socket, KeyPath = Home.KeyOf(agent), RequireLabelledChallenge = true };

    internal Task<SanctumClient> OpenAsync(string agent = Agent, Transport transport = Transport.Unix) =>
        SanctumClient.ConnectAsync(agent, Options(agent, transport));

    /// <summary>The ids of an agent's leases, as the operator sees them.</summary>
    internal async Task<string[]> LeasesAsync(string agent)
    {
        var all = (await Home.RunAsync("lease", "status", "--json")).Done().Json["leases"]!.AsArray();
        return [.. all.Where(it => (string?)it!["agent"] == agent).Select(it => (string)it!["lease_id"]!)];
    }

    protected override async Task FillAsync()
    {
        await Home.StoreAsync(Key, Secret, "--type", "token", "--description", "the team's", "--tag", "one");
        await Home.StoreAsync(Bytes, SecretBytes);
        await Home.StoreAsync("limited/key", Secret);
        await Home.StoreAsync("asked/key", Secret);
        await Home.RegisterAsync(Agent);
        await Home.RegisterAsync(Holder);
        await Home.GrantAsync("team", "*", "team/*", "retrieve,use");
        await Home.GrantAsync("limited", Agent, "limited/*", "use", "--condition", "max_uses_per_hour=1");
        await Home.GrantAsync("asked", Agent, "asked/*", "use", "--condition", "require_approval=true");
    }
}
