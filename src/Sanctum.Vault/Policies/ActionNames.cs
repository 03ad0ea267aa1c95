namespace Sanctum.Policies;

/// <summary>The actions' names, as in policies.</summary>
internal static class ActionNames
{
    private static readonly PolicyActions[] All =
        [PolicyActions.Retrieve, PolicyActions.List, PolicyActions.Store, PolicyActions.Delete, PolicyActions.Rotate, PolicyActions.Use, PolicyActions.Connect, PolicyActions.Call];

    /// <summary>One name, or several joined by "and".</summary>
    public static string Of(PolicyActions actions) => actions == PolicyActions.None
        ? "nothing"
        : string.Join(" and ", Each(action => (actions & action) != PolicyActions.None));

    /// <summary>The names of those for which something holds.</summary>
    public static IReadOnlyList<string> Each(Func<PolicyActions, bool> holds) => [.. All.Where(holds).Select(action => action.ToString().ToLowerInvariant())];
}
