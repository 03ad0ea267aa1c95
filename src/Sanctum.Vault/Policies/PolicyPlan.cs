using Sanctum.Storage;

namespace Sanctum.Policies;

/// <summary>Compares a list of policies with those that there are.</summary>
internal static class PolicyPlan
{
    /// <param name="known">The policies that there are.</param>
    /// <param name="wanted">Those that there should be, each valid and of another name.</param>
    /// <param name="prune">Whether those that are not in the list should go.</param>
    public static PolicyChanges Of(IReadOnlyList<Policy> known, IReadOnlyList<Policy> wanted, bool prune)
    {
        var before = known.ToDictionary(policy => policy.Name, StringComparer.Ordinal);
        Policy[] named = [.. wanted.OrderBy(policy => policy.Name, StringComparer.Ordinal)];
        var names = named.Select(policy => policy.Name).ToHashSet(StringComparer.Ordinal);
        return new PolicyChanges(
            [.. named.Where(policy => !before.ContainsKey(policy.Name))],
            [.. from policy in named where before.TryGetValue(policy.Name, out var it) && !Same(it, policy) select new PolicyChange(before[policy.Name], policy)],
            prune ? [.. known.Where(policy => !names.Contains(policy.Name)).OrderBy(policy => policy.Name, StringComparer.Ordinal)] : [],
            [.. named.Where(policy => before.TryGetValue(policy.Name, out var it) && Same(it, policy))]);
    }

    // As they are stored: records compare their lists by reference.
    private static bool Same(Policy one, Policy other) => Written(one).AsSpan().SequenceEqual(Written(other));

    private static byte[] Written(Policy policy) => RecordJson.Write(policy, RecordJson.Default.Policy);
}
