using CsCheck;
using Sanctum.Policies;
using static Sanctum.Tests.Policies.Asking;

namespace Sanctum.Tests.Policies;

public sealed class UnionLawTests
{
    private static readonly Gen<Policy> AnyPolicy =
        from principal in Gen.OneOf("agent:*", "agent:bot", "agent:cat")
        from resource in Gen.OneOf("*", "a", "b", "a/*")
        from actions in Gen.Int[1, 63]
        from operations in Gen.OneOf<IReadOnlyList<string>?>(null, ["sign"], ["encrypt", "sign_payload"], ["encrypt"])
        from window in Gen.OneOf(null, new TimeWindow(new(9, 0), new(17, 0)), new TimeWindow(new(22, 0), new(6, 0)))
        from approval in Gen.Bool
        from enabled in Gen.Bool
        select Policy("p", (PolicyActions)actions, principal, resource, new() { AllowedOperations = operations, TimeWindow = window, RequireApproval = approval })
            with { Enabled = enabled };

    private static readonly Gen<DecisionRequest> AnyRequest =
        from agent in Gen.OneOf("bot", "cat")
        from actions in Gen.OneOf(Use, Retrieve, Use | Retrieve, PolicyActions.List)
        from path in Gen.OneOf("a", "b", "a/x")
        from operation in Gen.OneOf("sign", "sign_payload", "encrypt")
        from hour in Gen.Int[0, 23]
        from approved in Gen.Bool
        select Request(actions, path, agent, operation, Noon.AddHours(hour)) with { Approved = approved };

    [Fact]
    public void A_set_grants_an_action_exactly_when_one_of_its_policies_does_alone() =>
        Gen.Select(AnyPolicy.Array[0, 5], AnyRequest).Sample((policies, request) =>
        {
            var each = Enum.GetValues<PolicyActions>().Where(action => action != PolicyActions.None && request.Actions.HasFlag(action));
            var alone = each.All(action => policies.Any(policy => Decide(request with { Actions = action }, policy).Allowed));
            return Decide(request, policies).Allowed == alone;
        });

    [Fact]
    public void Another_policy_never_takes_a_grant_away() =>
        Gen.Select(AnyPolicy.Array[0, 4], AnyPolicy, AnyRequest).Sample((policies, another, request) =>
            !Decide(request, policies).Allowed || Decide(request, [.. policies, another]).Allowed);

    [Fact]
    public void The_order_of_policies_does_not_matter() =>
        Gen.Select(AnyPolicy.Array[0, 5], AnyRequest).Sample((policies, request) =>
            Decide(request, policies).Code == Decide(request, [.. policies.Reverse()]).Code);

    [Fact]
    public void Whoever_is_allowed_anything_holds_a_grant_to_be_listed() =>
        Gen.Select(AnyPolicy.Array[0, 5], AnyRequest).Sample((policies, request) =>
            !Decide(request, policies).Allowed || new PolicySet(policies).HoldsAnyGrant(request.Agent, request.Path));
}
