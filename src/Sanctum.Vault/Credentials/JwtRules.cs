namespace Sanctum.Credentials;

/// <summary>What an operator lets agents put into the JWTs that they have minted with a private key. What is not listed is refused.</summary>
public sealed record JwtRules
{
    /// <summary>Claims that every token carries and no call can change, such as <c>iss</c>; values are strings.</summary>
    public IReadOnlyDictionary<string, string> Claims { get; init; } = new Dictionary<string, string>();

    /// <summary>The names of claims that a call may set.</summary>
    public IReadOnlyList<string> AllowedClaims { get; init; } = [];

    /// <summary>The longest that a token may be valid; 1 second to 24 hours, in whole seconds. Default: 10 minutes.</summary>
    public TimeSpan MaxLifetime { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Whether two sets of rules say the same, or neither is there.</summary>
    internal static bool AreSame(JwtRules? one, JwtRules? other) => ReferenceEquals(one, other)
        || (one is not null && other is not null && one.MaxLifetime == other.MaxLifetime && one.AllowedClaims.SequenceEqual(other.AllowedClaims, StringComparer.Ordinal)
            && one.Claims.OrderBy(claim => claim.Key, StringComparer.Ordinal).SequenceEqual(other.Claims.OrderBy(claim => claim.Key, StringComparer.Ordinal)));
}
