using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Sanctum.Audit;
using Sanctum.Credentials;
using Sanctum.Policies;

namespace Sanctum.Storage.Postgres.Tests;

/// <summary>An operator withdraws something at one daemon, and another has not heard of it: from then on it is granted nowhere.</summary>
public sealed class WithdrawnElsewhereTests(PostgresServer server) : IClassFixture<PostgresServer>
{
    private static readonly CredentialPath Issuer = CredentialPath.Parse("webhooks/issuer");

    [Fact]
    public async Task A_tool_is_not_called_or_listed_once_its_policy_is_gone()
    {
        await using var vaults = await SeveralVaults.StartAsync(server, 1);
        await AllowAsync(vaults, "tool:github/*", PolicyActions.Call);
        var there = await AddDeafAsync(vaults);
        var session = await vaults.SignInAsync(there);
        var caller = session.Caller;
        await vaults[there].RequireToolAsync(caller, "github", "search");
        Assert.Equal(["search"], await vaults[there].ListToolsAsync(caller, "github", ["search"]));

        await vaults[0].Policies.RemoveAsync(vaults.By(0), "extra");
        Assert.Equal(VaultErrorCode.AccessDenied, await SeveralVaults.TryAsync(() => vaults[there].RequireToolAsync(caller, "github", "search")));
        Assert.Equal(1, await AllowedAsync(vaults, "tool.call"));

        await AllowAsync(vaults, "tool:github/*", PolicyActions.Call);
        await vaults.SignAsync(there, session); // Now it has heard of it.
        await vaults[there].RequireToolAsync(caller, "github", "search");
        await vaults[0].Policies.RemoveAsync(vaults.By(0), "extra");
        Assert.Empty(await vaults[there].ListToolsAsync(caller, "github", ["search"]));
    }

    [Fact]
    public async Task A_credential_is_not_listed_once_its_policy_is_gone()
    {
        await using var vaults = await SeveralVaults.StartAsync(server, 1);
        var there = await AddDeafAsync(vaults);
        var caller = (await vaults.SignInAsync(there)).Caller;
        Assert.Single((await vaults[there].ListAsync(caller)).Credentials);

        await vaults[0].Policies.RemoveAsync(vaults.By(0), "work");
        Assert.Empty((await vaults[there].ListAsync(caller)).Credentials);
    }

    [Fact]
    public async Task No_host_is_dialled_once_the_policy_for_it_is_gone()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        await using var vaults = await SeveralVaults.StartAsync(server, 1);
        await AllowAsync(vaults, string.Create(CultureInfo.InvariantCulture, $"host:127.0.0.1:{port}"), PolicyActions.Connect);
        var there = await AddDeafAsync(vaults);
        var caller = (await vaults.SignInAsync(there)).Caller;
        await using (await vaults[there].ConnectAsync(caller, "127.0.0.1", port))
        {
            using var first = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        }

        await vaults[0].Policies.RemoveAsync(vaults.By(0), "extra");
        Assert.Equal(VaultErrorCode.EgressDenied, await SeveralVaults.TryAsync(() => vaults[there].ConnectAsync(caller, "127.0.0.1", port)));
        Assert.False(listener.Pending());
        Assert.Equal(1, await AllowedAsync(vaults, "connect"));
    }

    [Theory]
    [InlineData("jwt", """{"claims":{"sub":"me"},"lifetime":600}""")]
    [InlineData("jwt", """{"claims":{"scope":"all"},"lifetime":60}""")]
    public async Task No_token_is_minted_by_rules_that_were_narrowed(string operation, string parameters)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var secret = Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem());
        await using var vaults = await SeveralVaults.StartAsync(server, 1);
        await vaults[0].Credentials.StoreAsync(vaults.By(0), Issuer, secret, new CredentialOptions { Jwt = new JwtRules { AllowedClaims = ["sub", "scope"] } });
        var there = await AddDeafAsync(vaults);
        var caller = (await vaults.SignInAsync(there)).Caller;
        async Task UseAsync(string what) => (await vaults[there].UseAsync(caller, Issuer, operation, JsonElement.Parse(what))).Dispose();
        await UseAsync(parameters);

        // The same once more is nothing new.
        await vaults[0].Credentials.StoreAsync(vaults.By(0), Issuer, secret, new CredentialOptions { Jwt = new JwtRules { AllowedClaims = ["sub", "scope"] } });
        await UseAsync(parameters);

        await vaults[0].Credentials.StoreAsync(vaults.By(0), Issuer, secret, new CredentialOptions { Jwt = new JwtRules { AllowedClaims = ["sub"], MaxLifetime = TimeSpan.FromSeconds(60) } });
        Assert.Equal(VaultErrorCode.AccessDenied, await SeveralVaults.TryAsync(() => UseAsync(parameters)));
        Assert.NotNull(await SeveralVaults.TryAsync(() => UseAsync(parameters)));
        await UseAsync("""{"claims":{"sub":"me"},"lifetime":60}""");
    }

    [Fact]
    public async Task Nothing_is_signed_with_a_key_that_has_become_one_for_tokens()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var secret = Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem());
        await using var vaults = await SeveralVaults.StartAsync(server, 1);
        await vaults[0].Credentials.StoreAsync(vaults.By(0), Issuer, secret);
        var there = await AddDeafAsync(vaults);
        var caller = (await vaults.SignInAsync(there)).Caller;
        async Task SignAsync() => (await vaults[there].UseAsync(caller, Issuer, "sign", JsonElement.Parse("""{"data":"a token of my own"}"""))).Dispose();
        await SignAsync();

        await vaults[0].Credentials.StoreAsync(vaults.By(0), Issuer, secret, new CredentialOptions { Jwt = new JwtRules() });
        Assert.NotNull(await SeveralVaults.TryAsync(SignAsync));
    }

    private static Task AllowAsync(SeveralVaults vaults, string resource, PolicyActions actions) =>
        vaults[0].Policies.AddAsync(vaults.By(0), new Policy { Name = "extra", Principal = "agent:helper", Resources = [resource], Actions = actions });

    private static Task<int> AddDeafAsync(SeveralVaults vaults) =>
        vaults.AddAsync(options: new VaultOptions { LongestStoreSilence = TimeSpan.FromHours(1) }, around: store => new HeldStore(store).Deafen());

    private static async Task<int> AllowedAsync(SeveralVaults vaults, string action)
    {
        var allowed = 0;
        await foreach (var entry in vaults[0].Audit.ReadAsync(vaults.By(0)))
        {
            allowed += entry.Action == action && entry.Outcome == AuditOutcome.Allowed ? 1 : 0;
        }

        return allowed;
    }
}
