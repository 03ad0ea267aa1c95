using System.Diagnostics;
using System.Text.Json;
using NSec.Cryptography;
using Sanctum.Agents;
using Sanctum.Audit;
using Sanctum.Credentials;
using Sanctum.Policies;

namespace Sanctum.Storage.Postgres.Tests;

/// <summary>A whole vault in a database whose connections break while agents work.</summary>
public sealed class VaultTests(PostgresServer server) : IClassFixture<PostgresServer>
{
    private static readonly CredentialPath Path = CredentialPath.Parse("webhooks/signing_key");

    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task What_was_acknowledged_is_in_the_log_whatever_broke_and_the_log_is_whole()
    {
        var settings = server.NewVault();
        var passphrase = "correct horse battery staple"u8.ToArray();
        await using var proxy = new CuttingProxy(server.Socket);
        var (acknowledged, refused) = (0, 0);
        await using (var store = await PostgresVaultStore.CreateAsync(proxy.Through(settings)))
        await using (var vault = await Vault.CreateAsync(store, passphrase))
        {
            var by = await vault.UnsealAsync(passphrase);
            var caller = await SetUpAsync(vault, by);
            using var over = new CancellationTokenSource();
            var patience = Stopwatch.StartNew();
            var cutting = CutAsync(proxy, over.Token);
            await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
            {
                // At least so many, and until there are both: while the connection is away, hundreds are refused at once.
                for (var i = 0; i < 60 || (patience.Elapsed < Longest && (acknowledged == 0 || refused == 0)); i++)
                {
                    try
                    {
                        using var signed = await vault.UseAsync(caller, Path, "sign", JsonElement.Parse("""{"data": "order 42"}"""));
                        Interlocked.Increment(ref acknowledged);
                    }
                    catch (VaultException failed) when (failed.Code == VaultErrorCode.StorageFailed)
                    {
                        Interlocked.Increment(ref refused);
                        await Task.Delay(5);
                    }
                }
            })));
            await over.CancelAsync();
            await cutting;
        }

        await using var again = await PostgresVaultStore.OpenAsync(settings);
        await using var opened = await Vault.OpenAsync(again);
        var checker = await opened.UnsealAsync(passphrase);
        await opened.Audit.VerifyAsync(checker);
        var uses = 0;
        await foreach (var entry in opened.Audit.ReadAsync(checker))
        {
            uses += entry.Action == "use" && entry.Outcome == AuditOutcome.Allowed ? 1 : 0;
        }

        Assert.True(acknowledged > 0 && refused > 0, $"{acknowledged} acknowledged, {refused} refused");
        Assert.InRange(uses, acknowledged, acknowledged + refused);
    }

    private static async Task<Caller> SetUpAsync(Vault vault, Operator by)
    {
        await vault.Credentials.StoreAsync(by, Path, "a shared secret of some length"u8.ToArray(), new CredentialOptions { Type = "hmac" });
        using var key = Key.Create(SignatureAlgorithm.Ed25519);
        await vault.Agents.RegisterAsync(by, AgentName.Parse("helper"), key.PublicKey.Export(KeyBlobFormat.RawPublicKey));
        await vault.Policies.AddAsync(by, new Policy { Name = "sign", Principal = "agent:helper", Resources = ["webhooks/*"], Actions = PolicyActions.Use });
        var challenge = vault.IssueChallenge("helper");
        return (await vault.AuthenticateAsync(challenge, SignatureAlgorithm.Ed25519.Sign(key, challenge.Bytes.Span), source: "test")).Caller;
    }

    private static async Task CutAsync(CuttingProxy proxy, CancellationToken over)
    {
        for (var next = CuttingProxy.Cut.BeforeTheDatabase; !over.IsCancellationRequested; next = next == CuttingProxy.Cut.BeforeTheDatabase ? CuttingProxy.Cut.BeforeTheClient : CuttingProxy.Cut.BeforeTheDatabase)
        {
            proxy.Next = next;
            await Task.Delay(TimeSpan.FromMilliseconds(40), CancellationToken.None);
        }

        proxy.Next = CuttingProxy.Cut.None;
    }
}
