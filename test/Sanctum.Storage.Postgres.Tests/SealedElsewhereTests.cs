using Sanctum.Audit;
using Sanctum.Credentials;
using Sanctum.Door;
using Sanctum.Sessions;
using Sanctum.Upstream;

namespace Sanctum.Storage.Postgres.Tests;

/// <summary>An operator seals the vault at one daemon, and another has not heard of it: nothing is served there from then on.</summary>
public sealed class SealedElsewhereTests(PostgresServer server) : IClassFixture<PostgresServer>
{
    private static readonly CredentialPath Model = CredentialPath.Parse("webhooks/model");
    private static readonly VaultOptions NeverCutOff = new() { LongestStoreSilence = TimeSpan.FromHours(1) };

    [Theory]
    [InlineData("sign")]
    [InlineData("retrieve")]
    [InlineData("store")]
    [InlineData("get")]
    [InlineData("unseal")]
    public async Task No_call_is_served_after_an_operators_seal_at_another_daemon(string what)
    {
        await using var vaults = await SeveralVaults.StartAsync(server, 1);
        var there = await AddDeafAsync(vaults);
        var session = await vaults.SignInAsync(there);
        await CallAsync(vaults, there, session, what);

        Assert.True((await vaults[0].SealAsync(Vault.SealedByOperator)).Changed);
        Assert.Equal(VaultErrorCode.VaultLocked, await SeveralVaults.TryAsync(() => CallAsync(vaults, there, session, what)));

        // Nobody else told it.
        await SeveralVaults.UntilAsync(() => Task.FromResult(vaults[there].IsSealed), TimeSpan.FromMinutes(1));
        Assert.Equal(["vault.seal", "vault.seal"], (await SinceTheSealAsync(vaults)).Select(entry => entry.Action));
    }

    [Fact]
    public async Task No_call_that_races_an_operators_seal_is_in_the_log_after_it()
    {
        await using var vaults = await SeveralVaults.StartAsync(server, 1);
        var there = await AddDeafAsync(vaults);
        var session = await vaults.SignInAsync(there);
        var calling = Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            while (await SeveralVaults.TryAsync(() => vaults.SignAsync(there, session)) is null)
            {
            }
        })).ToArray();
        await SeveralVaults.UntilAsync(() => Task.FromResult(vaults[there].KnownEntries > 200));
        await vaults[0].SealAsync(Vault.SealedByOperator);
        await Task.WhenAll(calling);
        Assert.DoesNotContain(await SinceTheSealAsync(vaults), entry => entry.Action == "use");
    }

    // What has left before the seal is accounted for.
    [Fact]
    public async Task How_a_request_ended_that_was_under_way_is_in_the_log()
    {
        var ends = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var upstream = RawUpstream.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/event-stream\r\n\r\n11\r\ndata: {\"is\":\"a\"}\n\r\n");
            await ends.Task;
        });
        await using var vaults = await SeveralVaults.StartAsync(server, 1);
        await vaults[0].Credentials.StoreAsync(
            vaults.By(0), Model, "sk-a-secret-of-some-length"u8.ToArray(), new CredentialOptions { Type = "api_key", AllowedOrigins = [$"http://127.0.0.1:{upstream.Port}"] });
        var there = await AddDeafAsync(vaults);
        var session = await vaults.SignInAsync(there);
        await using (var exchange = await vaults[there].SendAsync(
            session.Caller, new HttpCall { Path = Model, Method = "GET", Url = $"http://127.0.0.1:{upstream.Port}/", Headers = [], Way = "test" }))
        {
            var buffer = new byte[64];
            Assert.NotEqual(0, await exchange.Body.ReadAsync(buffer));
            await vaults[0].SealAsync(Vault.SealedByOperator);
            Assert.Equal(VaultErrorCode.VaultLocked, await SeveralVaults.TryAsync(() => vaults.SignAsync(there, session)));
            Assert.Equal(VaultErrorCode.VaultLocked, await SeveralVaults.TryAsync(async () => Assert.NotEqual(0, await exchange.Body.ReadAsync(buffer))));
        }

        ends.SetResult();
        await SeveralVaults.UntilAsync(() => Task.FromResult(vaults[there].IsSealed), TimeSpan.FromMinutes(1));
        Assert.Single(await SinceTheSealAsync(vaults), entry => entry.Action == "use.outcome");
    }

    private static Task<int> AddDeafAsync(SeveralVaults vaults) => vaults.AddAsync(options: NeverCutOff, around: store => new HeldStore(store).Deafen());

    private static async Task CallAsync(SeveralVaults vaults, int number, Session session, string what)
    {
        switch (what)
        {
            case "sign":
                await vaults.SignAsync(number, session);
                break;
            case "retrieve":
                (await vaults[number].RetrieveAsync(session.Caller, SeveralVaults.Path)).Dispose();
                break;
            case "store":
                await vaults[number].Credentials.StoreAsync(vaults.By(number), CredentialPath.Parse("a/b"), "another secret of some length"u8.ToArray());
                break;
            case "get":
                (await vaults[number].Credentials.GetAsync(vaults.By(number), SeveralVaults.Path)).Dispose();
                break;
            default:
                await vaults[number].UnsealAsync(SeveralVaults.Passphrase);
                break;
        }
    }

    // From the operator's seal on, until somebody unseals the vault to look.
    private static async Task<List<AuditEntry>> SinceTheSealAsync(SeveralVaults vaults)
    {
        var again = await vaults.AddAsync();
        List<AuditEntry> entries = [];
        await foreach (var entry in vaults[again].Audit.ReadAsync(vaults.By(again)))
        {
            entries.Add(entry);
        }

        entries.Sort((one, other) => one.Sequence.CompareTo(other.Sequence));
        var seal = entries.FindIndex(entry => entry.Action == "vault.seal" && entry.Details!["reason"] == Vault.SealedByOperator);
        return entries[seal..entries.FindLastIndex(entry => entry.Action == "vault.unseal")];
    }
}
