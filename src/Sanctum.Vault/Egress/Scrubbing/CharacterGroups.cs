namespace Sanctum.Egress.Scrubbing;

/// <summary>
/// Which kinds of characters a secret has. This much of it shows in what is held back of a text. So there are few groups, and a key's format tells as much.
/// </summary>
[Flags]
internal enum CharacterGroups
{
    /// <summary>Letters, digits, hyphen and underscore, and the zero bytes of UTF-16. Whatever the secret is, they are in the group.</summary>
    Words = 0,

    /// <summary>What base64 and tokens in several parts have besides.</summary>
    Tokens = 1,

    /// <summary>Brackets and quotes: what texts of structured formats end with.</summary>
    Brackets = 1 << 1,

    /// <summary>What else is printed, and spaces.</summary>
    Printable = 1 << 2,

    /// <summary>Line breaks and other control characters.</summary>
    Controls = 1 << 3,

    /// <summary>What is not ASCII. Its UTF-16 has any bytes, so this is all.</summary>
    Others = 1 << 4,
}

/// <summary>The bytes that are in <see cref="CharacterGroups"/>.</summary>
internal static class Characters
{
    private const int Sets = 1 << 5;

    private static readonly bool[][] All = [.. Enumerable.Range(0, Sets).Select(groups => Where(value => IsIn((CharacterGroups)groups, (char)value)))];

    /// <summary>For each byte, whether base64 or base32 can have it.</summary>
    public static bool[] OfBases { get; } = Where(value => char.IsAsciiLetterOrDigit((char)value) || (char)value is '+' or '/' or '-' or '_');

    /// <summary>For each byte, whether a number in any <see cref="Notation"/> can have it.</summary>
    public static bool[] OfLists { get; } = Where(value => char.IsAsciiHexDigit((char)value) || (char)value is 'x' or 'X' or '-');

    /// <summary>For each byte, whether it is in one of these groups.</summary>
    public static bool[] Of(CharacterGroups groups) => All[(int)groups];

    /// <summary>The groups that a secret has characters of.</summary>
    public static CharacterGroups GroupsOf(ReadOnlySpan<byte> secret)
    {
        var groups = CharacterGroups.Words;
        foreach (var value in secret)
        {
            groups |= GroupOf((char)value);
        }

        return groups;
    }

    private static bool IsIn(CharacterGroups groups, char character) =>
        groups.HasFlag(CharacterGroups.Others) || character == '\0' || (groups & GroupOf(character)) == GroupOf(character);

    private static CharacterGroups GroupOf(char character) => character switch
    {
        >= '\u0080' => CharacterGroups.Others,
        '-' or '_' => CharacterGroups.Words,
        '+' or '/' or '=' or '.' => CharacterGroups.Tokens,
        '{' or '}' or '[' or ']' or '(' or ')' or '<' or '>' or '"' or '\'' => CharacterGroups.Brackets,
        _ when char.IsAsciiLetterOrDigit(character) => CharacterGroups.Words,
        _ when char.IsControl(character) => CharacterGroups.Controls,
        _ => CharacterGroups.Printable,
    };

    private static bool[] Where(Func<int, bool> isMember) => [.. Enumerable.Range(0, 256).Select(isMember)];
}
