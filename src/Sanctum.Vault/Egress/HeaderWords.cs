namespace Sanctum.Egress;

/// <summary>A header's name as the most generous server reads it, and the words in it.</summary>
internal static class HeaderWords
{
    /// <summary>
    /// In lower case, and with a hyphen for everything that is neither a letter nor a digit: servers that hand headers on as variables
    /// (RFC 3875, section 4.1.18) write '-' and '_' alike, and some write every other character so too.
    /// </summary>
    public static string AsVariable(string name) => string.Create(name.Length, name, static (span, name) =>
    {
        for (var i = 0; i < span.Length; i++)
        {
            span[i] = char.IsAsciiLetterOrDigit(name[i]) ? char.ToLowerInvariant(name[i]) : '-';
        }
    });

    /// <summary>Whether one of the words between the hyphens is one of these.</summary>
    public static bool HasWord(string variable, IReadOnlySet<string> words)
    {
        foreach (var range in variable.AsSpan().Split('-'))
        {
            if (words.Contains(variable[range]))
            {
                return true;
            }
        }

        return false;
    }
}
