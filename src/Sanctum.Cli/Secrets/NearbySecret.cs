using System.Text.RegularExpressions;

namespace Sanctum.Cli.Secrets;

/// <summary>Kinds whose name alone is no secret: the secret stands near it.</summary>
internal static partial class NearbySecret
{
    private const int Near = 500;

    /// <summary>An AWS access key's id, with 40 characters near it that are as random as its secret. The ids of AWS's own examples are known.</summary>
    public static bool IsAws(string text, Match id) =>
        !id.Value.EndsWith("EXAMPLE", StringComparison.Ordinal) && AwsSecret.Matches(Around(text, id, Near)).Any(secret => Randomness.Of(secret.Value) > Randomness.Base64);

    /// <summary>The first line of a private key with base64 after it: code and documents have that line too.</summary>
    public static bool IsPrivateKey(string text, Match line) => Base64.IsMatch(Around(text, line, Near)[Math.Min(Near, line.Index)..]);

    private static string Around(string text, Match match, int reach)
    {
        var start = Math.Max(0, match.Index - reach);
        return text[start..Math.Min(text.Length, match.Index + match.Length + reach)];
    }

    [GeneratedRegex(@"(?<![A-Za-z0-9/+=])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])")]
    private static partial Regex AwsSecret { get; }

    [GeneratedRegex(@"[A-Za-z0-9+/=]{40}")]
    private static partial Regex Base64 { get; }
}
