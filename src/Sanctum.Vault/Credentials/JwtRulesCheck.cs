using Sanctum.Text;
namespace Sanctum.Credentials;

/// <summary>What <see cref="JwtRules"/> may look like.</summary>
internal static class JwtRulesCheck
{
    private const int MaxClaims = 32;
    private const int MaxName = 128;
    private const int MaxValue = 1024;

    private static readonly TimeSpan MaxLifetime = TimeSpan.FromHours(24);

    public static void Validate(JwtRules rules)
    {
        Require(rules.Claims is { Count: <= MaxClaims } && rules.Claims.All(claim => IsName(claim.Key) && claim.Value is not null && LineOfText.IsValid(claim.Value, MaxValue)));
        Require(rules.AllowedClaims is { Count: <= MaxClaims } && rules.AllowedClaims.All(IsName));
        if (rules.MaxLifetime < TimeSpan.FromSeconds(1) || rules.MaxLifetime > MaxLifetime || rules.MaxLifetime.Ticks % TimeSpan.TicksPerSecond != 0)
        {
            throw Errors.InvalidParams("jwt", $"a token's longest lifetime is 1 second to {MaxLifetime.TotalHours:0} hours, in whole seconds");
        }
    }

    /// <summary>A copy: what was checked and recorded must not be changed afterwards by whoever still holds it.</summary>
    public static JwtRules Copy(JwtRules rules) => rules with
    {
        Claims = rules.Claims.ToDictionary(StringComparer.Ordinal),
        AllowedClaims = [.. rules.AllowedClaims],
    };

    // The times are the vault's: a token that lived for ever would be as good as the key.
    private static bool IsName(string? name) =>
        name is { Length: > 0 and <= MaxName } and not ("exp" or "iat") && name.All(letter => letter is > ' ' and <= '~' and not ('"' or '\\'));

    private static void Require(bool holds)
    {
        if (!holds)
        {
            throw Errors.InvalidParams("jwt", $"a claim has a name of visible characters, not exp or iat, and a value of one line; at most {MaxClaims} are allowed");
        }
    }
}
