using System.Text.RegularExpressions;

namespace Sanctum.Cli.Secrets;

/// <summary>What secrets of one kind look like.</summary>
/// <param name="Kind">The kind, in words.</param>
/// <param name="Pattern">What to look for. It begins with text that is rare elsewhere.</param>
/// <param name="Service">The service in the catalogue that such a secret is for; null where there is none.</param>
internal sealed record SecretShape(string Kind, Regex Pattern, string? Service = null)
{
    /// <summary>Looks more closely at what was found: a checksum, or what stands near it. It gets all of the text.</summary>
    public Func<string, Match, bool> Confirms { get; init; } = (_, _) => true;

    /// <summary>The group that is the secret, where the pattern has one; else all of it is.</summary>
    public static Group SecretIn(Match match) => match.Groups["secret"] is { Success: true } secret ? secret : match;
}
