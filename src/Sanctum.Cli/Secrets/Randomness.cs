namespace Sanctum.Cli.Secrets;

/// <summary>How random a text looks.</summary>
internal static class Randomness
{
    /// <summary>Bits by character, above which 40 characters of base64 are no words.</summary>
    public const double Base64 = 4.0;

    // Below these, bits by character, it is a word, a date or a name.
    private const double LongText = 3.3, ShortText = 2.7;
    private const int Long = 20, Shortest = 8;

    private static readonly string[] Placeholders =
    [
        "changeme", "change_me", "change-me", "your", "example", "placeholder", "password", "passwd", "secret", "xxxx", "****", "....", "todo", "dummy", "sample", "insert", "replace", "redacted",
        "<", ">", "${", "{{", "%s", "none", "null", "undefined", "sanctum://",
    ];

    /// <summary>Shannon's entropy of the characters, in bits by character.</summary>
    public static double Of(ReadOnlySpan<char> text)
    {
        var counts = new Dictionary<char, int>();
        foreach (var letter in text)
        {
            counts[letter] = counts.GetValueOrDefault(letter) + 1;
        }

        var length = text.Length;
        return counts.Values.Sum(count => -(double)count / length * Math.Log2((double)count / length));
    }

    /// <summary>Whether a value may well be a secret, where its name says that it is one.</summary>
    public static bool LooksSecret(string value) =>
        value.Length >= Shortest && IsNoPlaceholder(value) && Of(value) >= (value.Length >= Long ? LongText : ShortText);

    /// <summary>Whether it is none of what examples have in a secret's place.</summary>
    public static bool IsNoPlaceholder(string value) => !Placeholders.Any(it => value.Contains(it, StringComparison.OrdinalIgnoreCase));
}
