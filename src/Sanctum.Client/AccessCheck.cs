namespace Sanctum.Client;

/// <summary>A call that is asked about and not made.</summary>
public sealed record AccessQuery
{
    /// <summary><c>use</c> or <c>retrieve</c>. Default: <c>use</c>.</summary>
    public string? Action { get; init; }

    /// <summary>Which operation, of a use: <c>sign</c>, <c>http_request</c>, …; null for any.</summary>
    public string? Operation { get; init; }

    /// <summary>The method of a request that would go out. Default: <c>GET</c>.</summary>
    public string? Method { get; init; }

    /// <summary>Where a request would go; null where none does.</summary>
    public Uri? Url { get; init; }
}

/// <summary>What would become of a call.</summary>
/// <param name="Allowed">Whether it would be allowed.</param>
/// <param name="Code">Why not, such as <c>ACCESS_DENIED</c>; null when allowed. <c>APPROVAL_REQUIRED</c>: an operator is asked when it is made.</param>
/// <param name="Reason">The same in words.</param>
/// <param name="Suggestion">What to do about it.</param>
public sealed record AccessCheck(bool Allowed, string? Code, string? Reason, string? Suggestion);
