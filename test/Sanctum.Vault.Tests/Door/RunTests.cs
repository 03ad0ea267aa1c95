using Sanctum.Audit;
using Sanctum.Credentials;
using Sanctum.Tests.Egress;
using Sanctum.Tests.Fixture;

namespace Sanctum.Tests.Door;

/// <summary>What an agent may name for a run, and what stays on the record of what it may not.</summary>
public sealed class RunTests : IAsyncLifetime
{
    private const int MostRecorded = 10;

    private Outside _outside = null!;

    public async ValueTask InitializeAsync()
    {
        _outside = await Outside.CreateAsync(vault: options => options with { MaxRecordedPerMinute = MostRecorded }, allow: false);
        await _outside.StoreAsync(new() { Hosts = [Outside.Host] });
    }

    public ValueTask DisposeAsync() => _outside.DisposeAsync();

    [Fact]
    public async Task Each_credential_that_is_named_without_a_grant_is_on_the_record_once()
    {
        await Refused.WithAsync(VaultErrorCode.AccessDenied, () => BeginAsync("no/such", Outside.Path, "nor/this", Outside.Path));
        var refused = await _outside.UsesAsync();
        Assert.Equal(3, refused.Count);
        Assert.All(refused, entry => Assert.Equal((AuditOutcome.Denied, VaultErrorCode.AccessDenied), (entry.Outcome, entry.Reason)));
        Assert.Single(refused, entry => entry.Resource == Outside.Path);
    }

    [Fact]
    public async Task Refusals_of_one_call_are_limited_as_those_of_many_are()
    {
        await Refused.WithAsync(VaultErrorCode.AccessDenied, () => BeginAsync([.. Enumerable.Range(0, 200).Select(i => $"no/such-{i}")]));
        Assert.InRange((await _outside.UsesAsync()).Count, MostRecorded, MostRecorded + 1); // The last one tells how many there were.
    }

    [Fact]
    public async Task More_credentials_than_a_run_can_have_are_refused_before_any_is_looked_at()
    {
        await Refused.WithAsync(VaultErrorCode.InvalidParams, () => BeginAsync([.. Enumerable.Range(0, 257).Select(i => $"no/such-{i}")]));
        Assert.Empty(await _outside.UsesAsync());
    }

    [Fact]
    public async Task More_credentials_than_a_run_can_have_are_refused_where_none_is_named()
    {
        for (var i = 0; i < 256; i++)
        {
            await _outside.StoreAsync(new() { Hosts = [Outside.Host] }, path: $"many/key-{i}");
        }

        await AllowManyAsync();
        Assert.Equal(256, (await _outside.Test.Vault.BeginRunAsync(_outside.Bot, null)).Placeholders.Count);
        await _outside.StoreAsync(new() { Hosts = [Outside.Host] }, path: "many/one-more");
        await Refused.WithAsync(VaultErrorCode.InvalidParams, () => _outside.Test.Vault.BeginRunAsync(_outside.Bot, null));
    }

    // Each placeholder has memory for as long as its run is open.
    [Fact]
    public async Task An_agent_has_no_more_placeholders_than_it_leaves_to_others_and_refusals_are_on_the_record()
    {
        for (var i = 0; i < 256; i++)
        {
            await _outside.StoreAsync(new() { Hosts = [Outside.Host] }, path: $"many/key-{i}");
        }

        await AllowManyAsync();
        List<Sanctum.Door.Run> runs = [];
        for (var i = 0; i < 4; i++)
        {
            runs.Add(await _outside.Test.Vault.BeginRunAsync(_outside.Bot));
        }

        // A new version is read when it is opened for the first time.
        await _outside.StoreAsync(new() { Hosts = [Outside.Host] }, path: "many/key-0");
        var opened = 0;
        _outside.Test.Store.Reading = _ => opened++;
        await Refused.WithAsync(VaultErrorCode.RateLimited, () => _outside.Test.Vault.BeginRunAsync(_outside.Bot));
        Assert.Equal(0, opened);
        var entry = Assert.Single(await _outside.UsesAsync());
        Assert.Equal((AuditOutcome.Failed, VaultErrorCode.RateLimited, "run"), (entry.Outcome, entry.Reason, entry.Details!["way"]));

        // Another agent has room, and what is given back is there again, once.
        using var others = await _outside.Test.Vault.BeginRunAsync((await _outside.Test.SignInAsync("other")).Caller);
        runs[0].Dispose();
        runs[0].Dispose();
        await Refused.WithAsync(VaultErrorCode.RateLimited, () => _outside.Test.Vault.BeginRunAsync(_outside.Bot));
        others.Dispose();
        runs[0] = await _outside.Test.Vault.BeginRunAsync(_outside.Bot);
        await Refused.WithAsync(VaultErrorCode.RateLimited, () => _outside.Test.Vault.BeginRunAsync(_outside.Bot));
        runs.ForEach(run => run.Dispose());
    }

    [Fact]
    public async Task An_agent_has_so_many_runs_and_no_secret_is_opened_for_more()
    {
        await _outside.StoreAsync(new() { Hosts = [Outside.Host] }, path: "many/key");
        await AllowManyAsync();
        List<Sanctum.Door.Run> runs = [];
        for (var i = 0; i < 64; i++)
        {
            runs.Add(await BeginAsync("many/key"));
        }

        await _outside.StoreAsync(new() { Hosts = [Outside.Host] }, path: "many/key");
        var opened = 0;
        _outside.Test.Store.Reading = _ => opened++;
        for (var i = 0; i < 2 * MostRecorded; i++)
        {
            await Refused.WithAsync(VaultErrorCode.RateLimited, () => BeginAsync("many/key"));
        }

        Assert.Equal(0, opened);
        Assert.InRange((await _outside.UsesAsync()).Count, MostRecorded, MostRecorded + 2); // The last ones tell that there were more, and how many.
        runs[0].Dispose();
        using var again = await BeginAsync("many/key");
        runs.ForEach(run => run.Dispose());
    }

    // What can't be recorded one by one any more is no way around it.
    [Fact]
    public async Task A_honeytoken_among_any_number_of_others_quarantines_the_agent()
    {
        await _outside.StoreAsync(new() { Tags = ["honeytoken"] }, path: "decoys/key");
        await Refused.WithAsync(VaultErrorCode.AccessDenied, () => BeginAsync([.. Enumerable.Range(0, 200).Select(i => $"no/such-{i}")]));
        await Assert.ThrowsAsync<VaultException>(() => BeginAsync([.. Enumerable.Range(0, 200).Select(i => $"no/more-{i}"), "decoys/key"]));
        Assert.NotNull(Assert.Single(await _outside.Test.Vault.Agents.ListAsync(_outside.Test.Operator), agent => agent.Name == _outside.Bot.Agent).Frozen);
    }

    private Task AllowManyAsync() => _outside.Test.Vault.Policies.AddAsync(
        _outside.Test.Operator, new() { Name = "many", Principal = "agent:*", Resources = ["many/*"], Actions = Sanctum.Policies.PolicyActions.Use });

    private Task<Sanctum.Door.Run> BeginAsync(params string[] paths) => _outside.Test.Vault.BeginRunAsync(_outside.Bot, [.. paths.Select(CredentialPath.Parse)]);
}
