using Sanctum.Agents;
using Sanctum.Credentials;
using Sanctum.Operations;
using Sanctum.Policies;
using Sanctum.Tests.Fixture;

namespace Sanctum.Tests.Door;

public sealed class ApprovalTests : IAsyncLifetime
{
    private const string Data = """{"data":"pay 10"}""";

    private TestVault _test = null!;
    private Caller _bot = null!;

    public async ValueTask InitializeAsync()
    {
        _test = await TestVault.CreateAsync();
        await _test.StoreAsync("a/b", "a secret of thirty-two bytes ok!");
        await _test.AllowAsync(PolicyActions.Use | PolicyActions.Retrieve, conditions: new() { RequireApproval = true });
        _bot = (await _test.SignInAsync("bot")).Caller;
    }

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task A_call_waits_for_a_human_who_sees_what_it_is()
    {
        var id = await WaitsAsync(Data);
        Assert.Equal(id, await WaitsAsync(Data));
        var pending = Assert.Single(await _test.Vault.Approvals.ListAsync(_test.Operator));
        Assert.Equal((id, "bot", "a/b", "sign"), (pending.Id, pending.Agent.Value, pending.Path.Value, pending.Operation));
    }

    [Theory]
    [InlineData(20)]
    [InlineData(1_000_000)]
    public async Task No_human_is_asked_about_an_operation_that_there_is_none_of_and_nothing_is_kept_of_its_name(int length)
    {
        await Refused.WithAsync(VaultErrorCode.UnsupportedOperation, () => _test.UseAsync(_bot, "a/b", new string('x', length)));
        Assert.Empty(await _test.Vault.Approvals.ListAsync(_test.Operator));
    }

    [Fact]
    public async Task Approved_once_it_is_done_once()
    {
        await _test.Vault.Approvals.ApproveAsync(_test.Operator, await WaitsAsync(Data));
        await SignAsync(Data);
        await WaitsAsync(Data);
    }

    [Fact]
    public async Task Approved_for_a_time_it_is_done_until_then()
    {
        await _test.Vault.Approvals.ApproveAsync(_test.Operator, await WaitsAsync(Data), TimeSpan.FromMinutes(10));
        await SignAsync(Data);
        _test.Time.Advance(TimeSpan.FromMinutes(9));
        await SignAsync(Data);
        _test.Time.Advance(TimeSpan.FromMinutes(1));
        await WaitsAsync(Data);
    }

    [Fact]
    public async Task Denied_it_is_refused_for_a_while_and_not_asked_again()
    {
        await _test.Vault.Approvals.DenyAsync(_test.Operator, await WaitsAsync(Data));
        await Refused.WithAsync(VaultErrorCode.AccessDenied, () => SignAsync(Data));
        Assert.Empty(await _test.Vault.Approvals.ListAsync(_test.Operator));
        _test.Time.Advance(TimeSpan.FromMinutes(5));
        await WaitsAsync(Data);
    }

    [Theory]
    [InlineData("""{"data":"pay 1000"}""")]
    [InlineData("""{"data":"pay 10 "}""")]
    [InlineData("""{"payload":"pay 10"}""")]
    [InlineData("""{"data":"pay 10","algorithm":"hmac-sha512"}""")]
    public async Task An_approval_is_for_these_parameters_and_no_others(string others)
    {
        await _test.Vault.Approvals.ApproveAsync(_test.Operator, await WaitsAsync(Data), TimeSpan.FromHours(1));
        await WaitsAsync(others);
    }

    [Fact]
    public async Task An_approval_is_for_this_agent_operation_and_path_and_no_other()
    {
        await _test.StoreAsync("a/c", "another secret of enough bytes...");
        await _test.Vault.Approvals.ApproveAsync(_test.Operator, await WaitsAsync(Data), TimeSpan.FromHours(1));
        var other = (await _test.SignInAsync("other")).Caller;
        await Refused.WithAsync(VaultErrorCode.ApprovalRequired, () => _test.UseAsync(other, "a/b", "sign", Data));
        await Refused.WithAsync(VaultErrorCode.ApprovalRequired, () => _test.UseAsync(_bot, "a/c", "sign", Data));
        await Refused.WithAsync(VaultErrorCode.ApprovalRequired, () => _test.UseAsync(_bot, "a/b", "encrypt", Data));
        await Refused.WithAsync(VaultErrorCode.ApprovalRequired, () => _test.RetrieveAsync(_bot, "a/b"));
        await _test.UseAsync(_bot, "a/b", "sign_payload", Data);
    }

    [Fact]
    public async Task Sealing_forgets_all_of_it()
    {
        await _test.Vault.Approvals.ApproveAsync(_test.Operator, await WaitsAsync(Data), TimeSpan.FromHours(1));
        await WaitsAsync("""{"data":"other"}""");
        await _test.SealAsync();
        await _test.UnsealAsync();
        _bot = (await _test.SignInAsync("bot")).Caller;
        Assert.Empty(await _test.Vault.Approvals.ListAsync(_test.Operator));
        await WaitsAsync(Data);
    }

    [Fact]
    public async Task An_agent_registered_anew_does_not_inherit_an_approval()
    {
        await _test.Vault.Approvals.ApproveAsync(_test.Operator, await WaitsAsync(Data), TimeSpan.FromHours(1));
        await _test.Vault.Agents.RemoveAsync(_test.Operator, AgentName.Parse("bot"));
        await _test.RegisterAsync("bot");
        _bot = (await _test.SignInAsync("bot")).Caller;
        await WaitsAsync(Data);
    }

    [Fact]
    public async Task A_credential_stored_anew_does_not_inherit_an_approval()
    {
        await _test.Vault.Approvals.ApproveAsync(_test.Operator, await WaitsAsync(Data), TimeSpan.FromHours(1));
        await _test.Vault.Credentials.RemoveAsync(_test.Operator, CredentialPath.Parse("a/b"));
        await _test.StoreAsync("a/b", "quite another secret than before!");
        await WaitsAsync(Data);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(86_401)]
    public async Task A_duration_that_makes_no_sense_approves_nothing_and_is_not_recorded_as_if_it_had(int seconds)
    {
        var id = await WaitsAsync(Data);
        await Refused.WithAsync(
            VaultErrorCode.InvalidParams, () => _test.Vault.Approvals.ApproveAsync(_test.Operator, id, TimeSpan.FromSeconds(seconds)));
        Assert.Empty(await _test.AuditAsync(new() { Action = "approval.grant" }));
        await WaitsAsync(Data);
    }

    [Fact]
    public async Task A_call_that_nobody_made_can_not_be_approved_or_denied()
    {
        await Refused.WithAsync(VaultErrorCode.NotFound, () => _test.Vault.Approvals.ApproveAsync(_test.Operator, new string('0', 32)));
        var id = await WaitsAsync(Data);
        await _test.Vault.Approvals.ApproveAsync(_test.Operator, id);
        await Refused.WithAsync(VaultErrorCode.NotFound, () => _test.Vault.Approvals.DenyAsync(_test.Operator, id));
    }

    private Task<OperationResult> SignAsync(string parameters) => _test.UseAsync(_bot, "a/b", "sign", parameters);

    private async Task<string> WaitsAsync(string parameters) =>
        (string)(await Refused.WithAsync(VaultErrorCode.ApprovalRequired, () => SignAsync(parameters))).Context!["approval_id"];
}
