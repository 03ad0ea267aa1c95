namespace Sanctum.Daemon.Admin;

/// <summary>The scopes of tokens as they are written: <c>read</c>, <c>approve</c>, <c>manage</c>, <c>secrets</c>.</summary>
public static class ScopeNames
{
    private static readonly (string Name, OperatorScopes Scope)[] Each =
    [
        ("read", OperatorScopes.Read),
        ("approve", OperatorScopes.Approve),
        ("manage", OperatorScopes.Manage),
        ("secrets", OperatorScopes.Secrets),
    ];

    /// <summary>All names, in the order in which they are shown.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Each.Select(each => each.Name)];

    /// <summary>The names of some scopes.</summary>
    public static IReadOnlyList<string> Of(OperatorScopes scopes) => [.. from each in Each where scopes.HasFlag(each.Scope) select each.Name];

    /// <summary>Reads names, if each is one and there are any.</summary>
    public static bool TryParse(IEnumerable<string?> names, out OperatorScopes scopes)
    {
        scopes = OperatorScopes.None;
        foreach (var name in names)
        {
            if (Array.Find(Each, each => each.Name == name) is not { Name: not null } known)
            {
                return false;
            }

            scopes |= known.Scope;
        }

        return scopes != OperatorScopes.None;
    }
}
