namespace Sanctum.Policies;

/// <summary>How often a policy grants an action in an hour.</summary>
internal static class HourlyLimit
{
    public static int? Of(Policy policy, PolicyActions action) => action switch
    {
        PolicyActions.Retrieve => policy.Conditions.MaxRetrievalsPerHour,
        PolicyActions.Use => policy.Conditions.MaxUsesPerHour,
        _ => null,
    };
}
