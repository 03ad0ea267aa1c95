using Sanctum.Agents;
using Sanctum.Audit;
using Sanctum.Credentials;
using Sanctum.Policies;
using Sanctum.Policies.Proposals;
using Sanctum.Tests.Fixture;

namespace Sanctum.Tests.Policies.Proposals;

/// <summary>An agent asks for access, and has no more than an operator made of it.</summary>
public sealed class ProposalTests : IAsyncLifetime
{
    private const string Data = """{"data":"x"}""";

    private TestVault _test = null!;
    private Caller _bot = null!;

    public async ValueTask InitializeAsync()
    {
        _test = await TestVault.CreateAsync();
        await _test.StoreAsync("mail/key", "a secret of thirty-two bytes ok!");
        _bot = (await _test.SignInAsync("bot")).Caller;
    }

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task Asking_grants_nothing()
    {
        var asked = await AskAsync();

        Assert.Equal((ProposalState.Pending, 32), (asked.State, asked.Id.Length));
        await Refused.WithAsync(VaultErrorCode.AccessDenied, SignAsync);
        Assert.Empty(await _test.Vault.Policies.ListAsync(_test.Operator));
    }

    [Fact]
    public async Task What_is_granted_is_a_policy_that_ends_by_itself()
    {
        var asked = await AskAsync();
        var granted = await _test.Vault.Proposals.GrantAsync(_test.Operator, asked.Id);

        var policy = Assert.Single(await _test.Vault.Policies.ListAsync(_test.Operator));
        Assert.Equal(($"access-{asked.Id}", "agent:bot", "mail/key", PolicyActions.Use), (policy.Name, policy.Principal, policy.Resources.Single(), policy.Actions));
        Assert.Equal(["sign"], policy.Conditions.AllowedOperations!);
        Assert.Equal(TestVault.Noon.AddHours(1), policy.ExpiresAt);
        Assert.Equal((ProposalState.Granted, policy.Name), (granted.State, granted.Grant!.Policy));
        await SignAsync();
        await Refused.WithAsync(VaultErrorCode.AccessDenied, () => _test.UseAsync(_bot, "mail/key", "encrypt", Data));

        // Not a moment longer, whether it has been swept out or not.
        _test.Time.Advance(TimeSpan.FromHours(1) - TimeSpan.FromSeconds(1));
        await SignAsync();
        _test.Time.Advance(TimeSpan.FromSeconds(1));
        _bot = (await _test.SignInAsync("bot")).Caller;
        await Refused.WithAsync(VaultErrorCode.AccessDenied, SignAsync);
        Assert.Equal(ProposalState.Ended, (await StatusAsync(asked.Id)).State);
    }

    [Fact]
    public async Task What_has_expired_is_removed_with_the_leases_that_it_granted()
    {
        var asked = await AskAsync(operation: "retrieve", duration: 120);
        await _test.Vault.Proposals.GrantAsync(_test.Operator, asked.Id);
        using var secret = await _test.Vault.RetrieveAsync(_bot, CredentialPath.Parse("mail/key"), TimeSpan.FromSeconds(300));
        Assert.Single(await _test.Vault.Leases.ListAsync(_test.Operator));

        _test.Time.Advance(TimeSpan.FromSeconds(130));
        await Until(async () => (await _test.Vault.Policies.ListAsync(_test.Operator)).Count == 0);

        await Until(async () => (await _test.Vault.Leases.ListAsync(_test.Operator)).Count == 0);
        Assert.Equal("vault", Assert.Single(await EntriesAsync("policy.expire")).Actor);
    }

    public static TheoryData<AccessNarrowing> Wider =>
    [
        new AccessNarrowing { Path = "other/key" },
        new AccessNarrowing { Operation = "http_header" },
        new AccessNarrowing { Operation = "retrieve" },
        new AccessNarrowing { Hosts = ["evil.example"] },
        new AccessNarrowing { Hosts = ["api.example", "evil.example"] },
        new AccessNarrowing { Duration = TimeSpan.FromSeconds(3601) },
        new AccessNarrowing { Duration = TimeSpan.Zero },
        new AccessNarrowing { Duration = TimeSpan.FromSeconds(-1) },
        new AccessNarrowing { Methods = ["get /"] },
        new AccessNarrowing { MaxPerHour = 0 },
    ];

    [Theory]
    [MemberData(nameof(Wider), DisableDiscoveryEnumeration = true)]
    public async Task A_grant_is_never_wider_than_what_was_asked(AccessNarrowing narrowing)
    {
        await _test.StoreAsync("other/key");
        var asked = await AskAsync(operation: "http_request", hosts: ["api.example", "b.example"]);

        await Refused.WithAsync(VaultErrorCode.InvalidParams, () => _test.Vault.Proposals.GrantAsync(_test.Operator, asked.Id, narrowing));

        Assert.Empty(await _test.Vault.Policies.ListAsync(_test.Operator));
        Assert.Equal(ProposalState.Pending, (await StatusAsync(asked.Id)).State);
    }

    [Fact]
    public async Task A_grant_can_be_narrower()
    {
        var asked = await AskAsync(operation: "http_request", hosts: ["api.example", "b.example"]);

        await _test.Vault.Proposals.GrantAsync(_test.Operator, asked.Id, new() { Operation = "http_request", Hosts = ["b.example"], Methods = ["GET"], Duration = TimeSpan.FromMinutes(5), MaxPerHour = 3 });

        var policy = Assert.Single(await _test.Vault.Policies.ListAsync(_test.Operator));
        Assert.Equal(["b.example"], policy.Conditions.AllowedDomains!);
        Assert.Equal(["GET"], policy.Conditions.AllowedMethods!);
        Assert.Equal((3, TestVault.Noon.AddMinutes(5)), (policy.Conditions.MaxUsesPerHour, policy.ExpiresAt));
        var told = (await StatusAsync(asked.Id)).Grant!;
        Assert.Equal(("mail/key", "http_request", "b.example", "GET", 3), (told.Path, told.Operation, told.Hosts.Single(), told.Methods.Single(), told.MaxPerHour));
    }

    [Fact]
    public async Task For_a_service_the_operator_names_the_credential()
    {
        var asked = await AskAsync(path: null, service: "mail");

        await Refused.WithAsync(VaultErrorCode.InvalidParams, () => _test.Vault.Proposals.GrantAsync(_test.Operator, asked.Id));
        await _test.Vault.Proposals.GrantAsync(_test.Operator, asked.Id, new() { Path = "mail/key" });

        await SignAsync();
    }

    [Fact]
    public async Task What_is_not_there_is_stored_first_and_the_agent_can_not_tell()
    {
        await _test.StoreAsync("other/there");
        var there = await AskAsync(path: "other/there");
        var absent = await AskAsync(path: "other/absent");

        Assert.Equal(there with { Id = "", Request = absent.Request }, absent with { Id = "" });
        var refused = await Refused.WithAsync(VaultErrorCode.NotFound, () => _test.Vault.Proposals.GrantAsync(_test.Operator, absent.Id));
        Assert.Contains("sanctum store other/absent", refused.Suggestion, StringComparison.Ordinal);
        await _test.StoreAsync("other/absent", "a secret of thirty-two bytes ok!");
        await _test.Vault.Proposals.GrantAsync(_test.Operator, absent.Id);
        await _test.UseAsync(_bot, "other/absent", "sign", Data);
    }

    // The log is read by others than the vault's operator, and an agent can paste a secret where a path belongs.
    [Fact]
    public async Task All_of_it_is_on_the_record_and_a_path_that_is_none_is_not_written_down()
    {
        var absent = await AskAsync(path: "sk-live-CANARY");
        var asked = await AskAsync();
        await _test.Vault.Proposals.DenyAsync(_test.Operator, absent.Id, "not this");
        await _test.Vault.Proposals.GrantAsync(_test.Operator, asked.Id);

        var requests = await EntriesAsync("access.request");
        Assert.Equal(["agent:bot", "agent:bot"], requests.Select(entry => entry.Actor));
        Assert.Equal("mail/key", requests[1].Resource);
        Assert.DoesNotContain("CANARY", string.Join('\n', requests.Select(entry => entry.Resource + string.Join(',', entry.Details!.Values))), StringComparison.Ordinal);
        var denied = Assert.Single(await EntriesAsync("access.deny"));
        Assert.Equal(("operator", "not this"), (denied.Actor, denied.Details!["reason"]));
        Assert.Equal((asked.Id, "sign"), (Assert.Single(await EntriesAsync("access.grant")).Details!["proposal"], Assert.Single(await EntriesAsync("access.grant")).Operation));
    }

    [Fact]
    public async Task Requests_grants_and_denials_outlive_a_restart()
    {
        var (open, granted, denied) = (await AskAsync(), await AskAsync(operation: "verify"), await AskAsync(operation: "encrypt"));
        await _test.Vault.Proposals.GrantAsync(_test.Operator, granted.Id);
        await _test.Vault.Proposals.DenyAsync(_test.Operator, denied.Id, "no");

        await _test.ReopenAsync();
        _bot = (await _test.SignInAsync("bot")).Caller;

        Assert.Equal(ProposalState.Pending, (await StatusAsync(open.Id)).State);
        Assert.Equal("mail/key", (await StatusAsync(granted.Id)).Grant!.Path);
        Assert.Equal((ProposalState.Denied, "no"), ((await StatusAsync(denied.Id)).State, (await StatusAsync(denied.Id)).Denial));
        Assert.Equal(3, (await _test.Vault.Proposals.ListAsync(_test.Operator)).Count);
        await _test.Vault.Proposals.GrantAsync(_test.Operator, open.Id);
        await SignAsync();
    }

    [Fact]
    public async Task The_same_again_is_the_same_request_and_others_have_their_limit()
    {
        var first = await AskAsync();
        Assert.Equal(first.Id, (await AskAsync()).Id);
        for (var i = 1; i < 8; i++)
        {
            await AskAsync(path: $"more/{i}");
        }

        await Refused.WithAsync(VaultErrorCode.RateLimited, () => AskAsync(path: "more/8"));
        await _test.Vault.Proposals.DenyAsync(_test.Operator, first.Id);
        await AskAsync(path: "more/8");
    }

    [Fact]
    public async Task What_is_asked_over_and_over_is_no_new_entry_and_soon_refused()
    {
        var first = await AskAsync();
        for (var i = 0; i < 30; i++)
        {
            Assert.Equal(first.Id, (await AskAsync()).Id);
        }

        var refused = await Refused.WithAsync(VaultErrorCode.RateLimited, () => AskAsync());
        Assert.Equal(60L, refused.Context!["retry_after"]);
        for (var i = 0; i < 500; i++)
        {
            await Refused.WithAsync(VaultErrorCode.RateLimited, () => AskAsync());
        }

        // One for what was asked; those that were refused have the limit of all refusals.
        Assert.Single(await EntriesAsync("access.request"), entry => entry.Outcome == AuditOutcome.Allowed);
        Assert.InRange((await EntriesAsync("access.request")).Count, 2, 1 + new VaultOptions().MaxRecordedPerMinute + 2);
        Assert.Single(await _test.Vault.Proposals.ListAsync(_test.Operator));

        // Others ask as before, and a minute later so does this one.
        var bot = _bot;
        _bot = (await _test.SignInAsync("other")).Caller;
        await AskAsync();
        _bot = bot;
        _test.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(first.Id, (await AskAsync()).Id);
    }

    [Fact]
    public async Task A_denial_stands_for_an_hour()
    {
        var first = await AskAsync();
        await _test.Vault.Proposals.DenyAsync(_test.Operator, first.Id, "no");

        var again = await AskAsync();
        Assert.Equal((first.Id, ProposalState.Denied, "no"), (again.Id, again.State, again.Denial));
        Assert.NotEqual(first.Id, (await AskAsync(reason: "another reason")).Id);

        _test.Time.Advance(TimeSpan.FromMinutes(61));
        _bot = (await _test.SignInAsync("bot")).Caller;
        var later = await AskAsync();
        Assert.Equal(ProposalState.Pending, later.State);
        Assert.NotEqual(first.Id, later.Id);
    }

    [Fact]
    public async Task An_agent_asks_twenty_times_an_hour_whatever_becomes_of_it()
    {
        for (var i = 0; i < 20; i++)
        {
            await _test.Vault.Proposals.DenyAsync(_test.Operator, (await AskAsync(path: $"more/{i}")).Id);
        }

        var refused = await Refused.WithAsync(VaultErrorCode.RateLimited, () => AskAsync());
        Assert.Equal(3600L, refused.Context!["retry_after"]);
        Assert.Single(await EntriesAsync("access.request"), entry => entry.Outcome == AuditOutcome.Denied);
        _test.Time.Advance(TimeSpan.FromHours(1));
        _bot = (await _test.SignInAsync("bot")).Caller;
        await AskAsync();
    }

    [Fact]
    public async Task Many_agents_leave_no_more_than_so_many()
    {
        for (var agent = 0; agent < 16; agent++)
        {
            _bot = (await _test.SignInAsync($"bot{agent}")).Caller;
            for (var i = 0; i < 8; i++)
            {
                await AskAsync(path: $"more/{i}");
            }
        }

        _bot = (await _test.SignInAsync("late")).Caller;
        await Refused.WithAsync(VaultErrorCode.RateLimited, () => AskAsync());
    }

    [Fact]
    public async Task One_that_nobody_decides_expires_and_is_forgotten_later()
    {
        var asked = await AskAsync();
        _test.Time.Advance(TimeSpan.FromHours(24));
        _bot = (await _test.SignInAsync("bot")).Caller;

        Assert.Equal(ProposalState.Expired, (await StatusAsync(asked.Id)).State);
        await Refused.WithAsync(VaultErrorCode.NotFound, () => _test.Vault.Proposals.GrantAsync(_test.Operator, asked.Id));
        await Refused.WithAsync(VaultErrorCode.NotFound, () => _test.Vault.Proposals.DenyAsync(_test.Operator, asked.Id));
        _test.Time.Advance(TimeSpan.FromDays(8));
        await Until(async () => (await _test.Vault.Proposals.ListAsync(_test.Operator)).Count == 0);
        Assert.Single(await EntriesAsync("access.expire"));
    }

    [Fact]
    public async Task One_that_was_decided_is_forgotten_and_the_vault_goes_on_writing()
    {
        var asked = await AskAsync();
        await _test.Vault.Proposals.DenyAsync(_test.Operator, asked.Id);
        _test.Time.Advance(TimeSpan.FromDays(8));
        await Until(async () => (await _test.Vault.Proposals.ListAsync(_test.Operator)).Count == 0);
        Assert.Empty(await EntriesAsync("access.expire"));

        _bot = (await _test.SignInAsync("bot")).Caller;
        await AskAsync();
        await _test.Vault.Audit.VerifyAsync(_test.Operator);
    }

    [Fact]
    public async Task What_is_decided_is_decided_once()
    {
        var asked = await AskAsync();
        await _test.Vault.Proposals.DenyAsync(_test.Operator, asked.Id);
        await Refused.WithAsync(VaultErrorCode.NotFound, () => _test.Vault.Proposals.GrantAsync(_test.Operator, asked.Id));
        await Refused.WithAsync(VaultErrorCode.NotFound, () => _test.Vault.Proposals.DenyAsync(_test.Operator, asked.Id));
    }

    [Fact]
    public async Task Another_agents_handle_is_like_one_that_there_is_none_of()
    {
        var asked = await AskAsync();
        var other = (await _test.SignInAsync("other")).Caller;

        var theirs = await Refused.WithAsync(VaultErrorCode.InvalidParams, () => _test.Vault.AccessStatusAsync(other, asked.Id));
        var none = await Refused.WithAsync(VaultErrorCode.InvalidParams, () => _test.Vault.AccessStatusAsync(other, new string('0', 32)));

        Assert.Equal(theirs.Message, none.Message);
    }

    [Fact]
    public async Task An_agent_registered_anew_has_nothing_of_its_namesakes()
    {
        var asked = await AskAsync();
        await _test.Vault.Agents.RemoveAsync(_test.Operator, AgentName.Parse("bot"));

        Assert.Empty(await _test.Vault.Proposals.ListAsync(_test.Operator));
        await _test.ReopenAsync();
        Assert.Empty(await _test.Vault.Proposals.ListAsync(_test.Operator));
        await Refused.WithAsync(VaultErrorCode.NotFound, () => _test.Vault.Proposals.GrantAsync(_test.Operator, asked.Id));
    }

    [Fact]
    public async Task Asking_for_what_is_there_to_be_found_is_finding_it()
    {
        await _test.StoreAsync("bait/key", options: new CredentialOptions { Tags = ["honeytoken"] });

        await Refused.WithAsync(VaultErrorCode.Quarantined, () => AskAsync(path: "bait/key"));

        Assert.Empty(await _test.Vault.Proposals.ListAsync(_test.Operator));
    }

    [Fact]
    public async Task Whoever_may_not_let_secrets_out_can_not_grant_them()
    {
        var asked = await AskAsync(operation: "retrieve");

        await Refused.WithAsync(VaultErrorCode.AccessDenied, () => _test.Vault.Proposals.GrantAsync(_test.Operator.WithoutDisclosure(), asked.Id));

        await _test.Vault.Proposals.GrantAsync(_test.Operator, asked.Id);
        Assert.Equal("a secret of thirty-two bytes ok!", await _test.RetrieveAsync(_bot, "mail/key"));
    }

    [Fact]
    public async Task A_policy_that_is_removed_ends_what_was_granted()
    {
        var asked = await AskAsync();
        await _test.Vault.Proposals.GrantAsync(_test.Operator, asked.Id);
        await _test.Vault.Policies.RemoveAsync(_test.Operator, $"access-{asked.Id}");

        Assert.Equal(ProposalState.Ended, (await StatusAsync(asked.Id)).State);
    }

    [Theory]
    [InlineData("http_header", "why", null, 3600)]
    [InlineData("steal", "why", null, 3600)]
    [InlineData("sign", "", null, 3600)]
    [InlineData("sign", "  ", null, 3600)]
    [InlineData("sign", "why", "api.example", 3600)]
    [InlineData("http_request", "why", "https://api.example", 3600)]
    [InlineData("http_request", "why", "API.example", 3600)]
    [InlineData("sign", "why", null, 59)]
    [InlineData("sign", "why", null, 30 * 86_400 + 1)]
    public async Task What_can_not_be_asked_is_refused(string operation, string reason, string? host, int duration)
    {
        await Refused.WithAsync(VaultErrorCode.InvalidParams, () => AskAsync(operation: operation, reason: reason, hosts: host is null ? [] : [host], duration: duration));
        Assert.Empty(await _test.Vault.Proposals.ListAsync(_test.Operator));
    }

    [Fact]
    public async Task Sizes_have_limits()
    {
        await Refused.WithAsync(VaultErrorCode.InvalidParams, () => AskAsync(reason: new string('x', 501)));
        await Refused.WithAsync(VaultErrorCode.InvalidParams, () => AskAsync(operation: "http_request", hosts: [.. Enumerable.Range(0, 17).Select(i => $"h{i}.example")]));
        await Refused.WithAsync(VaultErrorCode.InvalidParams, () => AskAsync(path: null, service: new string('x', 65)));
        await Refused.WithAsync(VaultErrorCode.InvalidParams, () => AskAsync(service: "mail"));
        await Refused.WithAsync(VaultErrorCode.InvalidParams, () => AskAsync(reason: "half a character \ud800"));
        await AskAsync(reason: new string('x', 500));
    }

    [Fact]
    public async Task A_policy_of_ones_own_can_end_too_but_not_in_the_past()
    {
        var policy = new Policy { Name = "p", Principal = "agent:bot", Resources = ["mail/key"], Actions = PolicyActions.Use, ExpiresAt = TestVault.Noon.AddMinutes(1) };
        await Refused.WithAsync(VaultErrorCode.InvalidParams, () => _test.Vault.Policies.AddAsync(_test.Operator, policy with { ExpiresAt = TestVault.Noon }));
        await _test.Vault.Policies.AddAsync(_test.Operator, policy);
        await SignAsync();
        _test.Time.Advance(TimeSpan.FromMinutes(1));
        await Refused.WithAsync(VaultErrorCode.AccessDenied, SignAsync);
    }

    private Task SignAsync() => _test.UseAsync(_bot, "mail/key", "sign", Data);

    private Task<AccessProposal> StatusAsync(string id) => _test.Vault.AccessStatusAsync(_bot, id);

    private Task<AccessProposal> AskAsync(
        string? path = "mail/key", string operation = "sign", string reason = "to sign the newsletter", IReadOnlyList<string>? hosts = null, string? service = null, int duration = 3600) =>
        _test.Vault.RequestAccessAsync(_bot, new AccessRequest
        {
            Path = path is null ? null : CredentialPath.Parse(path),
            Service = service,
            Operation = operation,
            Reason = reason,
            Hosts = hosts ?? [],
            Duration = TimeSpan.FromSeconds(duration),
        });

    private async Task<IReadOnlyList<AuditEntry>> EntriesAsync(string action) => await _test.Vault.Audit.ReadAsync(_test.Operator, new AuditQuery { Action = action }).ToListAsync();

    // The sweep runs on its own, once the clock has moved.
    private async Task Until(Func<Task<bool>> holds)
    {
        for (var i = 0; i < 200 && !await holds(); i++)
        {
            await Task.Delay(10);
            _test.Time.Advance(TimeSpan.FromMilliseconds(100));
        }

        Assert.True(await holds());
    }
}
