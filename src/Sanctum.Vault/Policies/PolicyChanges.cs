namespace Sanctum.Policies;

/// <summary>What a list of policies changes, or has changed. Each list is in order of name.</summary>
/// <param name="Added">Policies whose names were not there.</param>
/// <param name="Changed">Policies that were replaced.</param>
/// <param name="Removed">Policies that are no longer there.</param>
/// <param name="Unchanged">Policies of the list that were there just so.</param>
public sealed record PolicyChanges(
    IReadOnlyList<Policy> Added, IReadOnlyList<PolicyChange> Changed, IReadOnlyList<Policy> Removed, IReadOnlyList<Policy> Unchanged)
{
    /// <summary>Whether there is nothing to change.</summary>
    public bool IsEmpty => Added.Count == 0 && Changed.Count == 0 && Removed.Count == 0;
}

/// <summary>A policy that was replaced.</summary>
/// <param name="Before">As it was.</param>
/// <param name="After">As it is.</param>
public sealed record PolicyChange(Policy Before, Policy After);
