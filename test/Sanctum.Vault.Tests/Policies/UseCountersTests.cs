using CsCheck;
using Sanctum.Agents;
using Sanctum.Policies;
using static Sanctum.Tests.Policies.Asking;

namespace Sanctum.Tests.Policies;

public sealed class UseCountersTests
{
    private readonly UseCounters _counters = new();

    [Fact]
    public void The_call_after_the_last_allowed_one_is_told_how_long_to_wait()
    {
        var set = new PolicySet([Limited(2)]);
        Assert.True(Spend(set, Request(at: Noon)));
        Assert.True(Spend(set, Request(at: Noon.AddMinutes(10))));

        var refused = set.Decide(Request(at: Noon.AddMinutes(20)), _counters);
        Assert.Equal(VaultErrorCode.RateLimited, refused.Code);
        Assert.Equal(TimeSpan.FromMinutes(40), refused.RetryAfter);
        Assert.False(set.Decide(Request(at: Noon.AddMinutes(60).AddTicks(-1)), _counters).Allowed);
        Assert.True(set.Decide(Request(at: Noon.AddMinutes(60)), _counters).Allowed);
    }

    [Fact]
    public void The_wait_is_whole_seconds_and_at_least_one()
    {
        var set = new PolicySet([Limited(1)]);
        Spend(set, Request(at: Noon));
        Assert.Equal(TimeSpan.FromSeconds(1), set.Decide(Request(at: Noon.AddHours(1).AddMilliseconds(-1)), _counters).RetryAfter);
        Assert.Equal(TimeSpan.FromSeconds(3599), set.Decide(Request(at: Noon.AddSeconds(1.5)), _counters).RetryAfter);
    }

    [Fact]
    public void Deciding_alone_counts_nothing()
    {
        var set = new PolicySet([Limited(1)]);
        set.Decide(Request(), _counters);
        Assert.True(set.Decide(Request(), _counters).Allowed);
    }

    [Fact]
    public void Each_agent_has_its_own_limit()
    {
        var set = new PolicySet([Limited(1)]);
        Assert.True(Spend(set, Request(agent: "bot")));
        Assert.True(Spend(set, Request(agent: "cat")));
        Assert.False(Spend(set, Request(agent: "bot")));
    }

    [Fact]
    public void Retrievals_and_uses_are_limited_each_for_itself()
    {
        var set = new PolicySet([Policy(actions: Use | Retrieve, conditions: new() { MaxUsesPerHour = 1, MaxRetrievalsPerHour = 1 })]);
        Assert.True(Spend(set, Request(Use)));
        Assert.True(Spend(set, Request(Retrieve)));
        Assert.False(Spend(set, Request(Retrieve)));
    }

    [Fact]
    public void A_use_that_also_retrieves_is_counted_as_both()
    {
        var set = new PolicySet([Policy(actions: Use | Retrieve, conditions: new() { MaxRetrievalsPerHour = 1 })]);
        Assert.True(Spend(set, Request(Use | Retrieve)));
        Assert.False(Spend(set, Request(Retrieve)));
    }

    [Fact]
    public void A_policy_at_its_limit_leaves_the_others_granting()
    {
        var set = new PolicySet([Limited(1), Policy("free")]);
        Assert.True(Spend(set, Request()));
        Assert.Equal("free", Assert.Single(set.Decide(Request(), _counters).Policies).Name);
    }

    [Fact]
    public void The_wait_is_for_the_first_of_several_policies_at_their_limit()
    {
        var set = new PolicySet([Policy("early", resource: "a*", conditions: new() { MaxUsesPerHour = 1 }), Policy("late", conditions: new() { MaxUsesPerHour = 1 })]);
        _counters.Restore("early", AgentName.Parse("bot"), Use, Noon.AddMinutes(-50));
        _counters.Restore("late", AgentName.Parse("bot"), Use, Noon.AddMinutes(-20));
        Assert.Equal(TimeSpan.FromMinutes(10), set.Decide(Request(path: "a"), _counters).RetryAfter);
    }

    [Fact]
    public void The_wait_is_for_the_last_of_several_actions_at_their_limit()
    {
        var set = new PolicySet([Policy(actions: Use | Retrieve, conditions: new() { MaxUsesPerHour = 1, MaxRetrievalsPerHour = 1 })]);
        _counters.Restore("p", AgentName.Parse("bot"), Use, Noon.AddMinutes(-50));
        _counters.Restore("p", AgentName.Parse("bot"), Retrieve, Noon.AddMinutes(-20));
        Assert.Equal(TimeSpan.FromMinutes(40), set.Decide(Request(Use | Retrieve), _counters).RetryAfter);
    }

    [Fact]
    public void A_limit_that_is_reached_comes_before_the_question_to_a_human()
    {
        var set = new PolicySet([Policy(conditions: new() { MaxUsesPerHour = 1, RequireApproval = true })]);
        Assert.True(Spend(set, Request() with { Approved = true }));
        Assert.Equal(VaultErrorCode.RateLimited, set.Decide(Request(), _counters).Code);
    }

    [Fact]
    public void One_of_the_calls_that_race_for_the_last_use_gets_it()
    {
        var set = new PolicySet([Limited(5)]);
        var decisions = Enumerable.Range(0, 200).Select(_ => set.Decide(Request(), _counters)).ToArray();
        Assert.All(decisions, decision => Assert.True(decision.Allowed));
        Assert.Equal(5, decisions.AsParallel().Count(decision => _counters.TryCount(decision, Request())));
    }

    [Fact]
    public void A_call_that_can_not_be_counted_everywhere_is_counted_nowhere()
    {
        var set = new PolicySet([Limited(2) with { Name = "two" }, Limited(1) with { Name = "one" }]);
        var (first, second) = (set.Decide(Request(), _counters), set.Decide(Request(), _counters));
        Assert.True(_counters.TryCount(first, Request()));
        Assert.False(_counters.TryCount(second, Request()));
        Assert.True(Spend(set, Request()));
        Assert.False(Spend(set, Request()));
    }

    [Fact]
    public void What_was_denied_can_not_be_counted() => Assert.False(_counters.TryCount(new PolicySet([]).Decide(Request(), _counters), Request()));

    [Fact]
    public void A_limit_restored_from_the_log_is_where_it_was()
    {
        _counters.Restore("p", AgentName.Parse("bot"), Use, Noon.AddMinutes(-30));
        Assert.False(Spend(new PolicySet([Limited(1)]), Request()));
        Assert.True(Spend(new PolicySet([Limited(1)]), Request(at: Noon.AddMinutes(30))));
    }

    [Fact]
    public void The_wait_is_for_all_uses_above_the_limit_to_leave_the_hour()
    {
        foreach (var minutes in new[] { -50, -40, -30 })
        {
            _counters.Restore("p", AgentName.Parse("bot"), Use, Noon.AddMinutes(minutes));
        }

        Assert.Equal(TimeSpan.FromMinutes(20), new PolicySet([Limited(2)]).Decide(Request(), _counters).RetryAfter);
    }

    [Fact]
    public void A_new_policy_under_a_removed_ones_name_starts_from_nothing()
    {
        var set = new PolicySet([Limited(1)]);
        Assert.True(Spend(set, Request()));
        _counters.Forget("p");
        Assert.True(Spend(set, Request()));
    }

    [Fact]
    public void A_clock_that_is_set_back_gives_no_new_limit()
    {
        var set = new PolicySet([Limited(1)]);
        Assert.True(Spend(set, Request()));
        Assert.False(Spend(set, Request(at: Noon.AddHours(-5))));
    }

    [Fact]
    public void No_hour_wherever_it_starts_has_more_than_the_limit() =>
        Gen.Select(Gen.Int[1, 5], Gen.Int[0, 1500].Array[1, 60]).Sample((limit, gaps) =>
        {
            var counters = new UseCounters();
            var set = new PolicySet([Limited(limit)]);
            List<DateTimeOffset> granted = [];
            var now = Noon;
            foreach (var gap in gaps)
            {
                now = now.AddSeconds(gap);
                var decision = set.Decide(Request(at: now), counters);
                var room = granted.Count(time => now - time < TimeSpan.FromHours(1)) < limit;
                if (decision.Allowed != room || counters.TryCount(decision, Request(at: now)) != room)
                {
                    return false;
                }

                if (room)
                {
                    granted.Add(now);
                }
                else if (granted.Count(time => now + decision.RetryAfter!.Value - time < TimeSpan.FromHours(1)) >= limit)
                {
                    return false;
                }
            }

            return true;
        });

    private static Policy Limited(int uses) => Policy(conditions: new() { MaxUsesPerHour = uses });

    private bool Spend(PolicySet set, DecisionRequest request) => _counters.TryCount(set.Decide(request, _counters), request);
}
