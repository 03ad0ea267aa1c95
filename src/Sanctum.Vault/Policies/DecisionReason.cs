using System.Globalization;

namespace Sanctum.Policies;

/// <summary>Puts a decision into words, for an operator who simulates it.</summary>
internal static class DecisionReason
{
    public static string Of(Decision decision, in DecisionRequest request, IReadOnlyList<Miss> misses)
    {
        if (decision.Allowed)
        {
            return "granted by " + string.Join(", ", decision.Policies.Select(policy => $"'{policy.Name}'"));
        }

        var refusal = $"no policy grants {ActionNames.Of(request.Actions)} on {request.Path} to agent {request.Agent}";
        return misses.Count == 0 ? refusal : $"{refusal}: {string.Join("; ", misses.Select(Of).Distinct(StringComparer.Ordinal))}";
    }

    private static string Of(Miss miss) => $"'{miss.Policy.Name}' would grant {ActionNames.Of(miss.Action)}, but {Because(miss)}";

    private static string Because(Miss miss) => miss.Unmet switch
    {
        UnmetCondition.Expired => string.Create(CultureInfo.InvariantCulture, $"it expired at {miss.Policy.ExpiresAt:yyyy-MM-dd HH:mm:ss} UTC"),
        UnmetCondition.TimeWindow => $"only during {miss.Policy.Conditions.TimeWindow}",
        UnmetCondition.Operation => $"only for {string.Join(", ", miss.Policy.Conditions.AllowedOperations!)}",
        UnmetCondition.Destination => $"not for this destination: {Destinations(miss.Policy.Conditions)}",
        UnmetCondition.HourlyLimit => $"its limit of {HourlyLimit.Of(miss.Policy, miss.Action)} per hour is reached",
        _ => "only with an approval",
    };

    private static string Destinations(PolicyConditions conditions) => string.Join(
        ", ",
        new[] { ("hosts", conditions.AllowedDomains), ("methods", conditions.AllowedMethods), ("paths", conditions.AllowedPaths) }
            .Where(rule => rule.Item2 is not null)
            .Select(rule => $"only {rule.Item1} {string.Join(", ", rule.Item2!)}"));
}
