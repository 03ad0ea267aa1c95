using Sanctum.Agents;
using Sanctum.Door;
using Sanctum.Tests.Fixture;

namespace Sanctum.Tests.Door;

/// <summary>How many runs there are, of one agent and of all.</summary>
public sealed class RunQuotaTests
{
    [Fact]
    public void Twenty_agents_that_take_all_they_can_leave_a_run_to_another()
    {
        var quota = new RunQuota();
        var held = new List<IDisposable>();
        for (var agent = 0; agent < 20; agent++)
        {
            var name = AgentName.Parse($"agent-{agent}");
            while (TryEnter(quota, name) is { } run)
            {
                held.Add(run);
            }
        }

        Assert.InRange(held.Count, RunQuota.Most * 9 / 10, RunQuota.Most - 1);
        quota.Enter(AgentName.Parse("another"), 0).Dispose();
    }

    [Fact]
    public void A_run_that_is_over_twice_makes_room_for_one()
    {
        var (quota, agent) = (new RunQuota(), AgentName.Parse("agent"));
        List<IDisposable> held = [.. Enumerable.Range(0, RunQuota.MostOfAgent).Select(_ => quota.Enter(agent, 0))];
        held[0].Dispose();
        held[0].Dispose();
        quota.Enter(agent, 0);
        Refused.With(VaultErrorCode.RateLimited, () => quota.Enter(agent, 0));
    }

    private static IDisposable? TryEnter(RunQuota quota, AgentName agent)
    {
        try
        {
            return quota.Enter(agent, 0);
        }
        catch (VaultException full) when (full.Code == VaultErrorCode.RateLimited)
        {
            return null;
        }
    }
}
