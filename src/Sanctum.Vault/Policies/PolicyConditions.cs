namespace Sanctum.Policies;

/// <summary>What else must hold for a policy to grant anything.</summary>
public sealed record PolicyConditions
{
    /// <summary>No conditions.</summary>
    public static PolicyConditions None { get; } = new();

    /// <summary>How often each agent may retrieve under this policy in any hour; 1 to 100,000.</summary>
    public int? MaxRetrievalsPerHour { get; init; }

    /// <summary>How often each agent may use under this policy in any hour; 1 to 100,000.</summary>
    public int? MaxUsesPerHour { get; init; }

    /// <summary>The time of day, in the vault's time zone, in which the policy grants.</summary>
    public TimeWindow? TimeWindow { get; init; }

    /// <summary>The only operations it grants the use of; null means any.</summary>
    public IReadOnlyList<string>? AllowedOperations { get; init; }

    /// <summary>The only hosts that requests may go to, within those of the credential; null means all of them.</summary>
    public IReadOnlyList<string>? AllowedDomains { get; init; }

    /// <summary>The only methods of requests, such as <c>GET</c>; null means any.</summary>
    public IReadOnlyList<string>? AllowedMethods { get; init; }

    /// <summary>Patterns over the only paths of requests, such as <c>/v1/*</c>; null means any.</summary>
    public IReadOnlyList<string>? AllowedPaths { get; init; }

    /// <summary>The only algorithms that may be signed with; null means any.</summary>
    public IReadOnlyList<string>? AllowedSignAlgorithms { get; init; }

    /// <summary>Whether a human has to approve each call.</summary>
    public bool RequireApproval { get; init; }
}
