using System.Buffers;
using System.Globalization;
using System.Text;

namespace Sanctum.Credentials;

/// <summary>
/// Tells secrets that can be guessed from those that can't, roughly and in favour of a warning: by their length, the kinds of characters in them, what
/// repeats or goes on in a row, and what reads like words.
/// </summary>
public static class SecretStrength
{
    /// <summary>From here on a secret is taken for random, in bits.</summary>
    public const int Enough = 64;

    // Of a language's usual words; a longer one counts as several.
    private const int BitsOfWord = 13;
    private const int LettersOfWord = 8;
    private const int ShortestWord = 4;

    // What goes on for longer than any word is looked at in pieces of this length: a long secret costs no more than its length.
    private const int LongestWord = 64;

    // Of the few signs that stand between words, or none.
    private const int BitsBetweenWords = 2;

    private static readonly SearchValues<byte> Vowels = SearchValues.Create("aeiouyAEIOUY"u8);

    // What passwords are made of that reads like no word.
    private static readonly string[] Rows = ["qwertyuiop", "asdfghjkl", "zxcvbnm", "1q2w3e4r5t", "1qaz2wsx", "qazwsx", "abc123", "passw0rd", "p4ssword", "pa$$word", "p@ssw0rd", "s3cret", "l33t", "4dm1n"];

    /// <summary>What to say to an operator who stores this secret; null when nothing.</summary>
    /// <param name="secret">The secret.</param>
    /// <param name="headerType">How it goes into requests: of <c>user:password</c> and of an AWS key, only a part is secret.</param>
    public static string? Warning(ReadOnlySpan<byte> secret, string? headerType)
    {
        if (headerType is "basic")
        {
            secret = BasicKey.Of(secret);
        }
        else if (headerType?.StartsWith("aws_sigv4", StringComparison.Ordinal) == true)
        {
            secret = secret[(secret.IndexOf((byte)':') + 1)..];
        }

        var bits = Bits(secret);
        return bits >= Enough ? null : string.Create(
            CultureInfo.InvariantCulture,
            $"this secret can be guessed by agents that use it: it has about {bits:0} bits of entropy and needs {Enough}. Store a longer, random one");
    }

    /// <summary>About how many bits a guesser has to find.</summary>
    public static double Bits(ReadOnlySpan<byte> secret)
    {
        var perCharacter = Math.Log2(Alphabet(secret));
        var (bits, afterWord) = (0.0, false);
        for (var at = 0; at < secret.Length;)
        {
            var row = LengthOfRow(secret[at..]);
            var word = row > 0 ? 0 : LengthOfWord(secret[at..]);
            var isExpected = at > 1 && secret[at] - secret[at - 1] is >= -1 and <= 1 and var step && secret[at - 1] - secret[at - 2] == step;
            bits += row > 0 ? BitsOfWord / 2.0
                : word > 0 ? BitsOfWord * Math.Ceiling(word / (double)LettersOfWord)
                : isExpected ? 0
                : afterWord && !char.IsAsciiLetterOrDigit((char)secret[at]) && LengthOfWord(secret[(at + 1)..]) > 0 ? BitsBetweenWords
                : perCharacter;
            afterWord = word > 0;
            at += Math.Max(1, Math.Max(row, word));
        }

        // What is a piece over and over is worth the piece.
        return Math.Min(bits, perCharacter * Period(secret));
    }

    private static int Alphabet(ReadOnlySpan<byte> secret)
    {
        if (!secret.ContainsAnyExcept("0123456789abcdef"u8) || !secret.ContainsAnyExcept("0123456789ABCDEF"u8))
        {
            return secret.ContainsAnyExceptInRange((byte)'0', (byte)'9') ? 16 : 10;
        }

        var (lower, upper, digits, others, beyond) = (0, 0, 0, 0, 0);
        foreach (var value in secret)
        {
            switch ((char)value)
            {
                case >= 'a' and <= 'z':
                    lower = 26;
                    break;
                case >= 'A' and <= 'Z':
                    upper = 26;
                    break;
                case >= '0' and <= '9':
                    digits = 10;
                    break;
                case > (char)0x7F:
                    beyond = 128;
                    break;
                default:
                    others = 33;
                    break;
            }
        }

        return Math.Max(2, lower + upper + digits + others + beyond);
    }

    private static int LengthOfRow(ReadOnlySpan<byte> text)
    {
        foreach (var row in Rows)
        {
            if (text.Length >= row.Length && Ascii.EqualsIgnoreCase(text[..row.Length], row))
            {
                return row.Length;
            }
        }

        return 0;
    }

    // Letters of one case, the first in either, with vowels among them as words have them.
    private static int LengthOfWord(ReadOnlySpan<byte> text)
    {
        text = text[..Math.Min(text.Length, LongestWord)];
        var length = Math.Min(1, text.Length);
        while (length < text.Length && char.IsAsciiLetter((char)text[length]) && (length < 2 || char.IsAsciiLetterLower((char)text[length]) == char.IsAsciiLetterLower((char)text[1])))
        {
            length++;
        }

        if (length < ShortestWord || !char.IsAsciiLetter((char)text[0]))
        {
            return 0;
        }

        var (vowels, without, longest) = (0, 0, 0);
        foreach (var letter in text[..length])
        {
            var isVowel = Vowels.Contains(letter);
            vowels += isVowel ? 1 : 0;
            without = isVowel ? 0 : without + 1;
            longest = Math.Max(longest, without);
        }

        return vowels * 5 >= length && longest <= 3 ? length : 0;
    }

    private static int Period(ReadOnlySpan<byte> secret)
    {
        for (var period = 1; period <= Math.Min(secret.Length / 2, 16); period++)
        {
            if (secret[period..].SequenceEqual(secret[..^period]))
            {
                return period;
            }
        }

        return secret.Length;
    }
}
