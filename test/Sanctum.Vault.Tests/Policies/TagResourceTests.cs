using Sanctum.Policies;
using static Sanctum.Tests.Policies.Asking;

namespace Sanctum.Tests.Policies;

/// <summary>A policy that names a tag grants what has it at that moment.</summary>
public sealed class TagResourceTests
{
    [Fact]
    public void A_grant_stands_as_long_as_the_credential_has_the_tag()
    {
        List<string> tags = ["staging"];
        var set = new PolicySet([Policy(resource: "tag:staging")], _ => tags);
        var decision = set.Decide(Request(), new UseCounters());
        Assert.True(decision.Allowed);
        Assert.True(decision.StandsIn(set));
        tags[0] = "Staging";
        Assert.False(set.Decide(Request(), new UseCounters()).Allowed);
        Assert.False(decision.StandsIn(set));
    }

    [Fact]
    public void A_path_that_reads_like_a_tag_is_no_tag() => Assert.False(Decide(Request(path: "staging"), Policy(resource: "tag:staging")).Allowed);

    [Fact]
    public void A_tag_stays_a_resource_of_a_policy_that_was_replaced()
    {
        var set = new PolicySet([Policy(resource: "tag:none")], _ => ["staging"]).After([Policy(resource: "tag:staging")], new HashSet<string>());
        Assert.True(set.Decide(Request(), new UseCounters()).Allowed);
    }
}
