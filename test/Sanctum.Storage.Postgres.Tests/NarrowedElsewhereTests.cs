using System.Text.Json;
using NSec.Cryptography;
using Sanctum.Agents;
using Sanctum.Credentials;
using Sanctum.Door;
using Sanctum.Policies;
using Sanctum.Policies.Proposals;
using Sanctum.Upstream;

namespace Sanctum.Storage.Postgres.Tests;

/// <summary>An operator narrows something at one daemon while another has a call under way that it granted before.</summary>
public sealed class NarrowedElsewhereTests(PostgresServer server) : IClassFixture<PostgresServer>
{
    private static readonly CredentialPath Model = CredentialPath.Parse("webhooks/model");
    private static readonly byte[] Secret = "sk-a-secret-of-some-length"u8.ToArray();

    [Theory]
    [InlineData(null)]
    [InlineData(100)]
    public async Task A_limit_that_is_lower_by_now_holds_for_what_was_granted_before(int? before)
    {
        await using var vaults = await SeveralVaults.StartAsync(server, 1, new PolicyConditions { MaxUsesPerHour = before });
        var (there, _) = await AddDeafAsync(vaults);
        var (here, late) = (await vaults.SignInAsync(0), await vaults.SignInAsync(there));
        await vaults[0].Policies.SetAsync(vaults.By(0), SeveralVaults.PolicyWith(new PolicyConditions { MaxUsesPerHour = 1 }));
        await vaults.SignAsync(0, here);
        Assert.Equal(VaultErrorCode.RateLimited, await SeveralVaults.TryAsync(() => vaults.SignAsync(there, late)));
    }

    [Fact]
    public async Task What_was_granted_before_there_was_a_limit_counts_against_it()
    {
        await using var vaults = await SeveralVaults.StartAsync(server, 1);
        var (there, _) = await AddDeafAsync(vaults);
        var (here, late) = (await vaults.SignInAsync(0), await vaults.SignInAsync(there));
        await vaults[0].Policies.SetAsync(vaults.By(0), SeveralVaults.PolicyWith(new PolicyConditions { MaxUsesPerHour = 2 }));
        await vaults.SignAsync(0, here);
        await vaults.SignAsync(there, late);
        Assert.Equal(VaultErrorCode.RateLimited, await SeveralVaults.TryAsync(() => vaults.SignAsync(there, late)));
        Assert.Equal(VaultErrorCode.RateLimited, await SeveralVaults.TryAsync(() => vaults.SignAsync(0, here)));
    }

    [Fact]
    public async Task A_lease_for_use_takes_nothing_of_a_limit_that_was_set_meanwhile()
    {
        await using var upstream = RawUpstream.Responding(RawResponses.WellFormed);
        await using var vaults = await StartAsync(upstream);
        var (there, _) = await AddDeafAsync(vaults);
        var session = await vaults.SignInAsync(there);
        await vaults[0].Policies.SetAsync(vaults.By(0), SeveralVaults.PolicyWith(new PolicyConditions { MaxUsesPerHour = 1 }));
        await vaults[there].LeaseAsync(session.Caller, new LeaseRequest { Service = Model.Value });
        await vaults.SignAsync(there, session);
        Assert.Equal(VaultErrorCode.RateLimited, await SeveralVaults.TryAsync(() => vaults.SignAsync(there, session)));
    }

    [Theory]
    [InlineData("retrieve")]
    [InlineData("sign")]
    [InlineData("http_request")]
    [InlineData("exchange")]
    [InlineData("lease")]
    public async Task A_credential_that_has_become_a_honeytoken_is_one(string how)
    {
        await using var upstream = RawUpstream.Responding(RawResponses.WellFormed);
        await using var vaults = await StartAsync(upstream);
        var (there, _) = await AddDeafAsync(vaults);
        var caller = (await vaults.SignInAsync(there)).Caller;
        await vaults[0].Credentials.StoreAsync(vaults.By(0), Model, Secret, new CredentialOptions { Tags = [CredentialTags.Honeytoken] });

        Assert.Equal(VaultErrorCode.Quarantined, await SeveralVaults.TryAsync(async () =>
        {
            switch (how)
            {
                case "retrieve":
                    (await vaults[there].RetrieveAsync(caller, Model)).Dispose();
                    break;
                case "lease":
                    await vaults[there].LeaseAsync(caller, new LeaseRequest { Service = Model.Value });
                    break;
                case "exchange":
                    await (await vaults[there].SendAsync(caller, CallTo(upstream))).DisposeAsync();
                    break;
                default:
                    var parameters = how == "sign" ? """{"data":"a text"}""" : JsonSerializer.Serialize(new { method = "GET", url = $"{upstream.Origin}/" });
                    (await vaults[there].UseAsync(caller, Model, how, JsonElement.Parse(parameters))).Dispose();
                    break;
            }
        }));
        Assert.Empty(upstream.Connections);
        Assert.NotNull(Assert.Single(await vaults[there].Agents.ListAsync(vaults.By(there))).Frozen);
        Assert.Empty(await vaults[there].Leases.ListAsync(vaults.By(there)));
    }

    [Fact]
    public async Task A_credential_that_has_become_a_honeytoken_while_a_human_was_asked_is_one()
    {
        await using var vaults = await SeveralVaults.StartAsync(server, 1, new PolicyConditions { RequireApproval = true }, new VaultOptions { ApprovalWait = TimeSpan.FromMinutes(2) });
        var session = await vaults.SignInAsync(0);
        var asking = SeveralVaults.TryAsync(async () => (await vaults[0].RetrieveAsync(session.Caller, SeveralVaults.Path)).Dispose());
        await SeveralVaults.UntilAsync(async () => (await vaults[0].Approvals.ListAsync(vaults.By(0))).Count == 1, TimeSpan.FromMinutes(1));
        var asked = Assert.Single(await vaults[0].Approvals.ListAsync(vaults.By(0)));
        await vaults[0].Credentials.StoreAsync(vaults.By(0), SeveralVaults.Path, Secret, new CredentialOptions { Tags = [CredentialTags.Honeytoken] });
        await vaults[0].Approvals.ApproveAsync(vaults.By(0), asked.Id);
        Assert.Equal(VaultErrorCode.Quarantined, await asking);
    }

    [Fact]
    public async Task The_secret_of_a_credential_that_was_removed_is_not_that_of_the_next_at_its_path()
    {
        await using var vaults = await SeveralVaults.StartAsync(server, 1);
        var (there, _) = await AddDeafAsync(vaults);
        var caller = (await vaults.SignInAsync(there)).Caller;
        (await vaults[there].RetrieveAsync(caller, SeveralVaults.Path)).Dispose();
        await vaults[0].Credentials.RemoveAsync(vaults.By(0), SeveralVaults.Path);
        await vaults[0].Credentials.StoreAsync(vaults.By(0), SeveralVaults.Path, "another secret of some length"u8.ToArray(), new CredentialOptions { Type = "hmac" });

        Assert.Equal(VaultErrorCode.AccessDenied, await SeveralVaults.TryAsync(async () => (await vaults[there].RetrieveAsync(caller, SeveralVaults.Path)).Dispose()));
        Assert.Empty(await vaults[there].Leases.ListAsync(vaults.By(there)));
        using var got = await vaults[there].RetrieveAsync(caller, SeveralVaults.Path);
        Assert.Equal("another secret of some length"u8, got.Secret.Span);
    }

    [Theory]
    [InlineData("carriers")]
    [InlineData("header")]
    [InlineData("hosts")]
    public async Task Nothing_is_sent_by_rules_that_were_narrowed(string what)
    {
        await using var upstream = RawUpstream.Responding(RawResponses.WellFormed);
        await using var vaults = await StartAsync(upstream, new CredentialOptions { HeaderType = "bearer", AllowedCredentials = ["DD-Application-Key"] });
        var (there, _) = await AddDeafAsync(vaults);
        var caller = (await vaults.SignInAsync(there)).Caller;
        await vaults[0].Credentials.StoreAsync(vaults.By(0), Model, Secret, what switch
        {
            "carriers" => new CredentialOptions { AllowedCredentials = [] },
            "header" => new CredentialOptions { HeaderType = "custom:X-Api-Key" },
            _ => new CredentialOptions { AllowedOrigins = ["http://127.0.0.1:9"] },
        });
        Assert.Equal(VaultErrorCode.AccessDenied, await SeveralVaults.TryAsync(async () => await (await vaults[there].SendAsync(caller, CallTo(upstream))).DisposeAsync()));
        Assert.Empty(upstream.Connections);
    }

    [Fact]
    public async Task A_new_version_of_the_secret_lets_what_is_under_way_go_on()
    {
        await using var upstream = RawUpstream.Responding(RawResponses.WellFormed);
        await using var vaults = await StartAsync(upstream, new CredentialOptions { HeaderType = "bearer", AllowedCredentials = ["DD-Application-Key"] });
        var (there, _) = await AddDeafAsync(vaults);
        var caller = (await vaults.SignInAsync(there)).Caller;
        await vaults[0].Credentials.StoreAsync(vaults.By(0), Model, "sk-the-next-of-some-length"u8.ToArray(), new CredentialOptions { AllowedCredentials = ["dd_application_key", "X-More-Key"] });
        await using var exchange = await vaults[there].SendAsync(caller, CallTo(upstream));
        Assert.Equal(200, exchange.Status);
        Assert.Equal("Bearer sk-a-secret-of-some-length", Assert.Single(upstream.Connections).Header("Authorization"));
    }

    [Fact]
    public async Task A_lease_is_worth_no_more_than_what_the_holder_above_may_do_by_now()
    {
        TaskCompletionSource ends = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var upstream = RawUpstream.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/event-stream\r\n\r\n");
            await ends.Task;
        });
        await using var vaults = await StartAsync(upstream);
        using var key = Key.Create(SignatureAlgorithm.Ed25519);
        var second = AgentName.Parse("second");
        await vaults[0].Agents.RegisterAsync(vaults.By(0), second, key.PublicKey.Export(KeyBlobFormat.RawPublicKey));
        await vaults[0].Policies.AddAsync(vaults.By(0), SeveralVaults.PolicyWith(new PolicyConditions()) with { Name = "below", Principal = "agent:second" });
        var (there, store) = await AddDeafAsync(vaults);
        var above = await vaults[there].LeaseAsync((await vaults.SignInAsync(there)).Caller, new LeaseRequest { Service = Model.Value });
        var challenge = vaults[there].IssueChallenge(second.Value);
        var caller = (await vaults[there].AuthenticateAsync(challenge, SignatureAlgorithm.Ed25519.Sign(key, challenge.Bytes.Span), source: "test")).Caller;
        var below = await vaults[there].LeaseAsync(caller, new LeaseRequest { Service = Model.Value, ParentLeaseId = above.Lease.Id });
        var call = new HttpCall { Method = "GET", Url = "/", Way = "test", Lease = new LeaseKey(below.Lease.Id, null) };
        await using var running = await vaults[there].SendAsync(caller, call);
        Assert.Single(upstream.Connections);

        // The holder above may only POST from now on.
        await vaults[0].Policies.SetAsync(vaults.By(0), SeveralVaults.PolicyWith(new PolicyConditions { AllowedMethods = ["POST"] }));
        Assert.Equal(VaultErrorCode.AccessDenied, await SeveralVaults.TryAsync(async () => await (await vaults[there].SendAsync(caller, call)).DisposeAsync()));
        Assert.Single(upstream.Connections);
        Assert.Equal(VaultErrorCode.AccessDenied, await SeveralVaults.TryAsync(async () => await running.Body.ReadExactlyAsync(new byte[1])));
        store.Hear();
        ends.SetResult();
    }

    [Fact]
    public async Task A_lease_that_another_has_ended_does_not_come_back_where_ending_it_is_tried_again()
    {
        await using var vaults = await SeveralVaults.StartAsync(server, 1);
        var (there, store) = await AddDeafAsync(vaults);
        (await vaults[there].RetrieveAsync((await vaults.SignInAsync(there)).Caller, SeveralVaults.Path)).Dispose();
        Assert.Single(await vaults[there].Leases.ListAsync(vaults.By(there)));

        // Both freeze it, and the other is a moment faster.
        store.Before = ("commit", () => vaults[0].Agents.FreezeAsync(vaults.By(0), SeveralVaults.Helper));
        await vaults[there].Agents.FreezeAsync(vaults.By(there), SeveralVaults.Helper);
        Assert.Null(store.Before);
        Assert.Empty(await vaults[there].Leases.ListAsync(vaults.By(there)));
        await vaults[there].Agents.UnfreezeAsync(vaults.By(there), SeveralVaults.Helper);
        Assert.Empty(await vaults[there].ListLeasesAsync((await vaults.SignInAsync(there)).Caller));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_an_agent_has_asked_for_ends_with_its_key(bool isRemoved)
    {
        await using var vaults = await SeveralVaults.StartAsync(server, 1);
        var (there, store) = await AddDeafAsync(vaults);
        var session = await vaults.SignInAsync(0);
        using var next = Key.Create(SignatureAlgorithm.Ed25519);

        // It asks for more at another daemon, in the last moment.
        store.Before = ("commit", () => vaults[0].RequestAccessAsync(session.Caller, new AccessRequest { Path = Model, Operation = "http_request", Reason = "to come back" }));
        await (isRemoved
            ? vaults[there].Agents.RemoveAsync(vaults.By(there), SeveralVaults.Helper)
            : vaults[there].Agents.RotateKeyAsync(vaults.By(there), SeveralVaults.Helper, next.PublicKey.Export(KeyBlobFormat.RawPublicKey)));
        Assert.Null(store.Before);
        var late = await vaults.AddAsync();
        Assert.Empty(await vaults[late].Proposals.ListAsync(vaults.By(late)));
    }

    [Theory]
    [InlineData("check")]
    [InlineData("run")]
    [InlineData("list")]
    public async Task What_is_only_told_is_told_by_what_all_have_written(string what)
    {
        await using var vaults = await SeveralVaults.StartAsync(server, 1);
        var (there, _) = await AddDeafAsync(vaults);
        var caller = (await vaults.SignInAsync(there)).Caller;
        switch (what)
        {
            case "check":
                await vaults[0].Policies.RemoveAsync(vaults.By(0), "work");
                Assert.Equal(VaultErrorCode.AccessDenied, (await vaults[there].CheckAccessAsync(caller, SeveralVaults.Path, PolicyActions.Retrieve)).Code);
                break;
            case "run":
                await vaults[0].Policies.RemoveAsync(vaults.By(0), "work");
                Assert.Equal(VaultErrorCode.AccessDenied, await SeveralVaults.TryAsync(async () => (await vaults[there].BeginRunAsync(caller, [SeveralVaults.Path])).Dispose()));
                break;
            default:
                await vaults[0].Credentials.RemoveAsync(vaults.By(0), SeveralVaults.Path);
                Assert.Empty((await vaults[there].ListAsync(caller)).Credentials);
                break;
        }
    }

    private static HttpCall CallTo(RawUpstream upstream) => new()
    {
        Path = Model, Method = "GET", Url = $"{upstream.Origin}/", Headers = [KeyValuePair.Create("DD-Application-Key", "of the agent's own")], Way = "test",
    };

    // Every kind of call can be made with it.
    private async Task<SeveralVaults> StartAsync(RawUpstream upstream, CredentialOptions? options = null)
    {
        var vaults = await SeveralVaults.StartAsync(server, 1);
        await vaults[0].Credentials.StoreAsync(vaults.By(0), Model, Secret, new CredentialOptions
        {
            Type = "hmac", AllowedOrigins = [upstream.Origin], HeaderType = options?.HeaderType, AllowedCredentials = options?.AllowedCredentials ?? ["DD-Application-Key"],
        });
        return vaults;
    }

    private static async Task<(int Number, HeldStore Store)> AddDeafAsync(SeveralVaults vaults)
    {
        HeldStore? held = null;
        var number = await vaults.AddAsync(options: new VaultOptions { LongestStoreSilence = TimeSpan.FromHours(1) }, around: store => held = new HeldStore(store).Deafen());
        return (number, held!);
    }
}
