using Sanctum.Policies;

namespace Sanctum.Tests.Policies;

public sealed class PolicyRulesTests
{
    private static readonly Policy Good = new()
    {
        Name = "deploy.bots_1-a",
        Principal = "agent:deploy-*",
        Resources = ["aws/*", "gcp/prod-?/key"],
        Actions = PolicyActions.Use | PolicyActions.List,
        MaxTtl = TimeSpan.FromDays(30),
        Conditions = new()
        {
            MaxRetrievalsPerHour = 1,
            MaxUsesPerHour = 100_000,
            TimeWindow = new(new(22, 0), new(6, 0)),
            AllowedOperations = ["sign", "sign_payload", "http_request"],
            AllowedDomains = ["api.example.com", "xn--bcher-kva.example"],
            AllowedSignAlgorithms = ["hmac-sha256", "rsa-pkcs1-sha256"],
            RequireApproval = true,
        },
    };

    public static TheoryData<string, Func<Policy, Policy>> Bad => new()
    {
        { "name", p => p with { Name = "" } },
        { "name", p => p with { Name = new string('a', 65) } },
        { "name", p => p with { Name = "a b" } },
        { "name", p => p with { Name = "ä" } },
        { "name", p => p with { Name = null! } },
        { "principal", p => p with { Principal = "*" } },
        { "principal", p => p with { Principal = "agent:" } },
        { "principal", p => p with { Principal = "Agent:bot" } },
        { "principal", p => p with { Principal = "agent:a/b" } },
        { "principal", p => p with { Principal = "agent:" + new string('a', 65) } },
        { "principal", p => p with { Principal = null! } },
        { "resources", p => p with { Resources = [] } },
        { "resources", p => p with { Resources = [""] } },
        { "resources", p => p with { Resources = ["a b"] } },
        { "resources", p => p with { Resources = ["[a-z]"] } },
        { "resources", p => p with { Resources = ["ok", null!] } },
        { "resources", p => p with { Resources = [new string('*', 513)] } },
        { "resources", p => p with { Resources = [.. Enumerable.Repeat("a", 65)] } },
        { "resources", p => p with { Resources = null! } },
        { "actions", p => p with { Actions = PolicyActions.None } },
        { "actions", p => p with { Actions = (PolicyActions)256 } },
        { "max_ttl", p => p with { MaxTtl = TimeSpan.Zero } },
        { "max_ttl", p => p with { MaxTtl = TimeSpan.FromSeconds(-5) } },
        { "max_ttl", p => p with { MaxTtl = TimeSpan.FromSeconds(1.5) } },
        { "max_ttl", p => p with { MaxTtl = TimeSpan.FromDays(30) + TimeSpan.FromSeconds(1) } },
        { "conditions", p => p with { Conditions = null! } },
        { "max_retrievals_per_hour", With(c => c with { MaxRetrievalsPerHour = 0 }) },
        { "max_retrievals_per_hour", With(c => c with { MaxRetrievalsPerHour = 100_001 }) },
        { "max_uses_per_hour", With(c => c with { MaxUsesPerHour = -1 }) },
        { "time_window", With(c => c with { TimeWindow = new(new(9, 0), new(9, 0)) }) },
        { "time_window", With(c => c with { TimeWindow = new(new(9, 0, 1), new(10, 0)) }) },
        { "allowed_operations", With(c => c with { AllowedOperations = [] }) },
        { "allowed_operations", With(c => c with { AllowedOperations = ["Sign"] }) },
        { "allowed_domains", With(c => c with { AllowedDomains = [] }) },
        { "allowed_domains", With(c => c with { AllowedDomains = ["https://example.com"] }) },
        { "allowed_domains", With(c => c with { AllowedDomains = ["example.com:443"] }) },
        { "allowed_domains", With(c => c with { AllowedDomains = ["Example.com"] }) },
        { "allowed_domains", With(c => c with { AllowedDomains = ["example..com"] }) },
        { "allowed_domains", With(c => c with { AllowedDomains = ["-a.example"] }) },
        { "allowed_domains", With(c => c with { AllowedDomains = ["example.com."] }) },
        { "allowed_domains", With(c => c with { AllowedDomains = ["bücher.example"] }) },
        { "allowed_sign_algorithms", With(c => c with { AllowedSignAlgorithms = ["none"] }) },
    };

    [Fact]
    public void A_policy_at_its_limits_is_accepted() => PolicyRules.Validate(Good);

    [Theory]
    [MemberData(nameof(Bad))]
    public void What_breaks_a_rule_is_refused_by_the_members_name(string member, Func<Policy, Policy> spoil)
    {
        var refused = Assert.Throws<VaultException>(() => PolicyRules.Validate(spoil(Good)));
        Assert.Equal(VaultErrorCode.InvalidParams, refused.Code);
        Assert.Equal(member, refused.Context!["member"]);
    }

    private static Func<Policy, Policy> With(Func<PolicyConditions, PolicyConditions> spoil) => p => p with { Conditions = spoil(p.Conditions) };
}
