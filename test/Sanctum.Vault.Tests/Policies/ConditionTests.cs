using System.Globalization;
using Sanctum.Policies;
using static Sanctum.Tests.Policies.Asking;

namespace Sanctum.Tests.Policies;

public sealed class ConditionTests
{
    // Whether or not it has been swept out by then.
    [Theory]
    [InlineData("11:59:59", true)]
    [InlineData("12:00:00", false)]
    [InlineData("12:00:01", false)]
    public void A_policy_that_has_expired_grants_nothing(string at, bool isAllowed)
    {
        var policy = Policy(actions: Use | Retrieve) with { ExpiresAt = Noon };

        Assert.Equal(isAllowed, Decide(Request(at: At(at)), policy).Allowed);
        Assert.Equal(isAllowed, Decide(Request(Retrieve, at: At(at), operation: null), policy).Allowed);

        var tools = new PolicySet([Policy(actions: PolicyActions.Call, resource: "tool:github/*") with { ExpiresAt = Noon }]);
        Assert.Equal(isAllowed, tools.LettingCall(Sanctum.Agents.AgentName.Parse("bot"), ToolName.Parse("github", "list_issues"), Now(At(at))).Count == 1);

        // By the vault's own clock, which nobody can put back.
        Assert.False(Decide(Request(at: At("09:00:00")) with { Now = new(At("09:00:00"), Noon) }, policy).Allowed);
    }

    [Theory]
    [InlineData("09:00", "17:00", "09:00", true)]
    [InlineData("09:00", "17:00", "16:59:59", true)]
    [InlineData("09:00", "17:00", "17:00", false)]
    [InlineData("09:00", "17:00", "08:59:59", false)]
    [InlineData("22:00", "06:00", "23:30", true)]
    [InlineData("22:00", "06:00", "00:00", true)]
    [InlineData("22:00", "06:00", "05:59", true)]
    [InlineData("22:00", "06:00", "06:00", false)]
    [InlineData("22:00", "06:00", "12:00", false)]
    public void A_time_window_grants_from_its_start_until_before_its_end(string start, string end, string at, bool allowed)
    {
        Assert.True(TimeWindow.TryParse(start, end, out var window));
        Assert.Equal(allowed, Decide(Request(at: At(at)), Policy(conditions: new() { TimeWindow = window })).Allowed);
    }

    [Fact]
    public void A_time_window_is_read_in_the_vaults_time_zone()
    {
        var policy = Policy(conditions: new() { TimeWindow = new(new(9, 0), new(17, 0)) });
        var tenUtc = DateTimeOffset.Parse("2026-03-14T10:00:00Z", CultureInfo.InvariantCulture);
        Assert.True(Decide(Request(at: tenUtc), policy).Allowed);
        Assert.False(Decide(Request(at: tenUtc.ToOffset(TimeSpan.FromHours(9))), policy).Allowed);
    }

    [Theory]
    [InlineData("sign", "sign", true)]
    [InlineData("sign", "sign_payload", true)]
    [InlineData("sign_payload", "sign", true)]
    [InlineData("sign", "encrypt", false)]
    [InlineData("sign", "Sign", false)]
    [InlineData("sign", null, false)]
    public void Allowed_operations_narrow_a_use_in_either_spelling(string listed, string? asked, bool allowed) =>
        Assert.Equal(allowed, Decide(Request(operation: asked), Policy(conditions: new() { AllowedOperations = [listed] })).Allowed);

    [Fact]
    public void Allowed_operations_do_not_narrow_a_retrieval() =>
        Assert.True(Decide(Request(Retrieve, operation: null), Policy(actions: Retrieve, conditions: new() { AllowedOperations = ["sign"] })).Allowed);

    [Theory]
    [InlineData("hmac-sha256", true)]
    [InlineData("ed25519", true)]
    [InlineData("hmac-sha512", false)]
    [InlineData("rsa-pss-sha256", false)]
    public void An_algorithm_is_permitted_by_any_policy_that_grants_this_use(string algorithm, bool permitted)
    {
        var decision = Decide(
            Request(Use | Retrieve),
            Policy("one", conditions: new() { AllowedSignAlgorithms = ["hmac-sha256"] }),
            Policy("two", conditions: new() { AllowedSignAlgorithms = ["ed25519"] }),
            Policy("for-other-operations", conditions: new() { AllowedOperations = ["encrypt"], AllowedSignAlgorithms = ["hmac-sha512"] }),
            Policy("without-use", Retrieve));
        Assert.Equal(permitted, decision.PermitsAlgorithm(algorithm));
    }

    [Fact]
    public void A_policy_without_a_list_permits_any_algorithm() => Assert.True(Decide(Request(), Policy()).PermitsAlgorithm("rsa-pss-sha256"));

    [Fact]
    public void What_is_denied_permits_no_algorithm() => Assert.False(Decide(Request()).PermitsAlgorithm("hmac-sha256"));

    [Fact]
    public void A_policy_that_requires_approval_grants_an_approved_call_only()
    {
        var policy = Policy(conditions: new() { RequireApproval = true });
        Assert.Equal(VaultErrorCode.ApprovalRequired, Decide(Request(), policy).Code);
        Assert.True(Decide(Request() with { Approved = true }, policy).Allowed);
    }

    [Fact]
    public void A_policy_that_grants_without_approval_wins()
    {
        var decision = Decide(Request(), Policy("asks", conditions: new() { RequireApproval = true }), Policy("grants"));
        Assert.Equal("grants", Assert.Single(decision.Policies).Name);
    }

    [Fact]
    public void No_human_is_asked_about_what_another_condition_forbids() =>
        Assert.Equal(
            VaultErrorCode.AccessDenied,
            Decide(Request(), Policy(conditions: new() { RequireApproval = true, AllowedOperations = ["encrypt"] })).Code);

    [Fact]
    public void No_human_is_asked_when_another_action_of_the_call_is_denied_anyway() =>
        Assert.Equal(VaultErrorCode.AccessDenied, Decide(Request(Use | Retrieve), Policy(conditions: new() { RequireApproval = true })).Code);

    [Fact]
    public void An_approval_opens_no_other_condition() =>
        Assert.False(Decide(
            Request() with { Approved = true },
            Policy(conditions: new() { RequireApproval = true, TimeWindow = new(new(1, 0), new(2, 0)) })).Allowed);
}
