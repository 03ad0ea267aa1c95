namespace Sanctum.Policies;

/// <summary>Why a policy that is about this agent, path and action does not grant it.</summary>
internal enum UnmetCondition
{
    None,
    Expired,
    TimeWindow,
    Operation,
    Destination,
    HourlyLimit,
    Approval,
}
