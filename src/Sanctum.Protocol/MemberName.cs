namespace Sanctum.Protocol;

/// <summary>Names of members that nobody knows.</summary>
internal static class MemberName
{
    private const int LongestEcho = 24;

    /// <summary>
    /// Whether it could be a parameter's name, mistyped: letters and underscores, at most 24. Anything else in a name's place can be
    /// a secret, or written for a terminal, and is not repeated.
    /// </summary>
    public static bool CanEcho(string name) =>
        name.Length is > 0 and <= LongestEcho && name.All(letter => char.IsAsciiLetter(letter) || letter == '_');
}
