using Sanctum.Agents;
using Sanctum.Credentials;
using Sanctum.Policies;
using static Sanctum.Tests.Policies.Asking;

namespace Sanctum.Tests.Policies;

public sealed class PolicySetTests
{
    [Theory]
    [InlineData("agent:bot may use openai/*", "bot", Use, "openai/api_key", true)]
    [InlineData("agent:bot may use openai/*", "bot", Use, "openai/team/api_key", true)]
    [InlineData("agent:bot may use openai/*", "bot", Use, "github/token", false)]
    [InlineData("agent:bot may use openai/*", "bot2", Use, "openai/api_key", false)]
    [InlineData("agent:bot may use openai/*", "Bot", Use, "openai/api_key", false)]
    [InlineData("agent:bot may use openai/*", "bot", Retrieve, "openai/api_key", false)]
    [InlineData("agent:bot may use openai/*", "bot", PolicyActions.List, "openai/api_key", false)]
    [InlineData("agent:bot may retrieve openai/*", "bot", Use, "openai/api_key", false)]
    [InlineData("agent:bot may list openai/*", "bot", Retrieve, "openai/api_key", false)]
    [InlineData("agent:bot may delete openai/*", "bot", PolicyActions.Store, "openai/api_key", false)]
    [InlineData("agent:ci-? may use *", "ci-1", Use, "any/thing", true)]
    [InlineData("agent:ci-? may use *", "ci-10", Use, "any/thing", false)]
    [InlineData("agent:* may use *", "bot", Use, "any/thing", true)]
    public void A_policy_grants_what_it_says_and_nothing_it_does_not(string says, string agent, PolicyActions action, string path, bool allowed)
    {
        var words = says.Split(' ');
        var policy = Policy(principal: words[0], actions: Enum.Parse<PolicyActions>(words[2], ignoreCase: true), resource: words[3]);
        var decision = Decide(Request(action, path, agent), policy);
        Assert.Equal(allowed, decision.Allowed);
        Assert.Equal(allowed ? null : VaultErrorCode.AccessDenied, decision.Code);
    }

    [Fact]
    public void Without_a_policy_nothing_is_allowed() => Assert.Equal(VaultErrorCode.AccessDenied, Decide(Request()).Code);

    [Fact]
    public void Asking_for_no_action_is_never_allowed() => Assert.False(Decide(Request(PolicyActions.None), Policy()).Allowed);

    [Fact]
    public void A_disabled_policy_grants_nothing() => Assert.False(Decide(Request(), Policy() with { Enabled = false }).Allowed);

    [Fact]
    public void The_action_of_one_policy_is_not_joined_with_the_resource_of_another() =>
        Assert.False(Decide(Request(Use, "b"), Policy("x", Use, resource: "a"), Policy("y", Retrieve, resource: "b")).Allowed);

    [Fact]
    public void The_action_of_one_policy_is_not_joined_with_the_condition_of_another()
    {
        var night = Policy("night", conditions: new() { TimeWindow = new(new(22, 0), new(6, 0)) });
        var onlyRetrieve = Policy("day", Retrieve);
        Assert.False(Decide(Request(), night, onlyRetrieve).Allowed);
    }

    [Fact]
    public void Several_actions_may_be_granted_by_different_policies()
    {
        var decision = Decide(Request(Use | Retrieve), Policy("u", Use), Policy("r", Retrieve));
        Assert.True(decision.Allowed);
        Assert.Equal(["u", "r"], decision.Policies.Select(policy => policy.Name));
    }

    [Theory]
    [InlineData(Use)]
    [InlineData(Retrieve)]
    public void Each_of_several_actions_must_be_granted(PolicyActions onlyOne) =>
        Assert.False(Decide(Request(Use | Retrieve), Policy(actions: onlyOne)).Allowed);

    [Fact]
    public void The_lease_is_as_long_as_the_strictest_granting_policy_says()
    {
        var decision = Decide(
            Request(Retrieve),
            Policy("long", Retrieve) with { MaxTtl = TimeSpan.FromHours(2) },
            Policy("short", Retrieve) with { MaxTtl = TimeSpan.FromSeconds(60) },
            Policy("elsewhere", Retrieve, resource: "other") with { MaxTtl = TimeSpan.FromSeconds(1) },
            Policy("other-action", Use) with { MaxTtl = TimeSpan.FromSeconds(2) });
        Assert.Equal(TimeSpan.FromSeconds(60), decision.MaxTtl);
    }

    [Fact]
    public void A_policy_that_grants_both_actions_is_named_once() =>
        Assert.Single(Decide(Request(Use | Retrieve), Policy(actions: Use | Retrieve)).Policies);

    [Fact]
    public void A_list_shows_what_an_agent_holds_any_grant_on_whatever_the_conditions()
    {
        var set = new PolicySet(
        [
            Policy(resource: "shown", conditions: new() { RequireApproval = true }),
            Policy("off", resource: "off") with { Enabled = false },
            Policy("other", principal: "agent:other", resource: "theirs"),
        ]);
        var bot = AgentName.Parse("bot");
        Assert.True(set.HoldsAnyGrant(bot, CredentialPath.Parse("shown")));
        Assert.False(set.HoldsAnyGrant(bot, CredentialPath.Parse("off")));
        Assert.False(set.HoldsAnyGrant(bot, CredentialPath.Parse("theirs")));
    }

    [Fact]
    public void What_is_remembered_for_one_agent_is_not_said_to_another()
    {
        var set = new PolicySet([Policy(principal: "agent:bot")]);
        Assert.True(set.Decide(Request(agent: "bot"), new()).Allowed);
        Assert.False(set.Decide(Request(agent: "eve"), new()).Allowed);
        Assert.True(set.Decide(Request(agent: "bot"), new()).Allowed);
    }

    [Fact]
    public void The_operator_is_told_why()
    {
        Assert.Equal("granted by 'p'", Decide(Request(), Policy()).Reason);
        Assert.Equal(
            "no policy grants use on openai/api_key to agent bot: 'p' would grant use, but only for encrypt",
            Decide(Request(Use | Retrieve), Policy(conditions: new() { AllowedOperations = ["encrypt"] }), Policy("r", Retrieve)).Reason);
    }
}
