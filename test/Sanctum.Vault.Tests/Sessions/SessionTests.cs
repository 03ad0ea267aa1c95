using Sanctum.Agents;
using Sanctum.Policies;
using Sanctum.Sessions;
using Sanctum.Tests.Fixture;

namespace Sanctum.Tests.Sessions;

public sealed class SessionTests : IAsyncLifetime
{
    private TestVault _test = null!;

    public async ValueTask InitializeAsync()
    {
        _test = await TestVault.CreateAsync();
        await _test.StoreAsync("a/b", "value");
        await _test.AllowAsync(PolicyActions.Retrieve);
    }

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task A_session_is_over_after_its_hour()
    {
        var session = await _test.SignInAsync("bot");
        var caller = session.Caller;
        Assert.Equal(TestVault.Noon.AddHours(1), session.ExpiresAt);
        _test.Time.Advance(TimeSpan.FromMinutes(59));
        await _test.RetrieveAsync(caller, "a/b");
        _test.Time.Advance(TimeSpan.FromMinutes(1));
        await OverAsync(session, caller);
        Assert.True(session.Ended.IsCancellationRequested);
    }

    [Fact]
    public async Task A_session_is_over_after_its_hour_also_when_no_timer_ran()
    {
        var session = await _test.SignInAsync("bot");
        var caller = session.Caller;
        _test.Time.AdjustTime(TestVault.Noon.AddHours(2));
        await OverAsync(session, caller);
    }

    [Fact]
    public async Task Logging_out_ends_a_session_and_no_other()
    {
        var session = await _test.SignInAsync("bot");
        var other = await _test.SignInAsync("bot");
        var caller = session.Caller;
        await _test.Vault.LogoutAsync(session);
        await _test.Vault.LogoutAsync(session);
        await OverAsync(session, caller);
        await _test.RetrieveAsync(other.Caller, "a/b");
        Assert.Single(await _test.AuditAsync(new() { Action = "session.close" }));
    }

    [Fact]
    public async Task Removing_an_agent_ends_its_sessions_at_once_and_nobody_elses()
    {
        Session[] sessions = [await _test.SignInAsync("bot"), await _test.SignInAsync("bot")];
        var callers = sessions.Select(session => session.Caller).ToArray();
        var other = await _test.SignInAsync("other");
        await _test.Vault.Agents.RemoveAsync(_test.Operator, AgentName.Parse("bot"));
        for (var i = 0; i < 2; i++)
        {
            await OverAsync(sessions[i], callers[i]);
        }

        await _test.RetrieveAsync(other.Caller, "a/b");
    }

    [Fact]
    public async Task Registering_an_agent_anew_brings_no_session_back_and_ends_old_challenges()
    {
        var session = await _test.SignInAsync("bot");
        var caller = session.Caller;
        var challenge = _test.Vault.IssueChallenge("bot");
        var signature = _test.KeyOf("bot").Sign(challenge.Bytes.Span);
        await _test.Vault.Agents.RemoveAsync(_test.Operator, AgentName.Parse("bot"));
        await _test.RegisterAsync("bot");
        await OverAsync(session, caller);
        await Refused.WithAsync(VaultErrorCode.AuthFailed, () => _test.Vault.AuthenticateAsync(challenge, signature, "here"));
        await _test.RetrieveAsync((await _test.SignInAsync("bot")).Caller, "a/b");
    }

    [Fact]
    public async Task Sealing_ends_sessions_for_good()
    {
        var session = await _test.SignInAsync("bot");
        var caller = session.Caller;
        await _test.SealAsync();
        Refused.With(VaultErrorCode.VaultLocked, () => _ = session.Caller);
        await Refused.WithAsync(VaultErrorCode.VaultLocked, () => _test.RetrieveAsync(caller, "a/b"));
        await _test.Vault.LogoutAsync(session);
        await _test.UnsealAsync();
        await OverAsync(session, caller);
    }

    [Fact]
    public async Task A_caller_of_one_vault_is_nobody_to_another()
    {
        await using var other = await TestVault.CreateAsync();
        await other.AllowAsync(PolicyActions.Retrieve);
        await other.StoreAsync("a/b");
        var caller = (await _test.SignInAsync("bot")).Caller;
        await Refused.WithAsync(VaultErrorCode.SessionExpired, () => other.RetrieveAsync(caller, "a/b"));
    }

    [Fact]
    public async Task An_agent_removed_while_its_call_is_being_written_gets_no_secret_and_keeps_no_lease()
    {
        var session = await _test.SignInAsync("bot");
        var caller = session.Caller;
        // The call has been decided and waits for the secret; the removal is written meanwhile.
        var call = await _test.ChangeMeanwhileAsync(() => _test.RetrieveAsync(caller, "a/b"), () => _test.Vault.Agents.RemoveAsync(_test.Operator, session.Agent));
        await Refused.WithAsync(VaultErrorCode.SessionExpired, () => call.InTime());
        Assert.Empty(await _test.Vault.Leases.ListAsync(_test.Operator));
        Assert.Empty(_test.Store.KeysOf(Sanctum.Storage.Collections.Leases));
    }

    private async Task OverAsync(Session session, Caller caller)
    {
        Refused.With(VaultErrorCode.SessionExpired, () => _ = session.Caller);
        await Refused.WithAsync(VaultErrorCode.SessionExpired, () => _test.RetrieveAsync(caller, "a/b"));
        await Refused.WithAsync(VaultErrorCode.SessionExpired, () => _test.Vault.ListAsync(caller));
        await Refused.WithAsync(VaultErrorCode.SessionExpired, () => _test.Vault.ListLeasesAsync(caller));
    }
}
