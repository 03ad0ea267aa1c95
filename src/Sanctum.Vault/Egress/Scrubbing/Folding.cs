namespace Sanctum.Egress.Scrubbing;

/// <summary>What bytes count as the same.</summary>
internal static class Folding
{
    /// <summary>What no byte is folded to in a base, nor is any in part: its high bits are set.</summary>
    private const byte None = 0xFF;

    /// <summary>Lower case for ASCII letters; every other byte is itself.</summary>
    public static readonly byte[] Text =
        [.. Enumerable.Range(0, 256).Select(value => (byte)(char.IsAsciiLetterUpper((char)value) ? value | 0x20 : value))];

    /// <summary>The six bits that a character stands for in either alphabet (RFC 4648, sections 4 and 5).</summary>
    public static readonly byte[] Base64 = [.. Enumerable.Range(0, 256).Select(value => SixBits((char)value))];

    /// <summary>The five bits that a character stands for in base32, in either case (RFC 4648, section 6).</summary>
    public static readonly byte[] Base32 = InAnyCase("abcdefghijklmnopqrstuvwxyz234567");

    /// <summary>The five bits that a character stands for in base32hex, in either case (RFC 4648, section 7).</summary>
    public static readonly byte[] Base32Hex = InAnyCase("0123456789abcdefghijklmnopqrstuv");

    private static readonly Dictionary<byte[], byte[][]> Unfolded =
        new[] { Text, Base64, Base32, Base32Hex }.ToDictionary(folding => folding, Unfold);

    /// <summary>For each folded byte, which bytes are folded to it.</summary>
    /// <param name="folding">One of the foldings here.</param>
    public static byte[][] UnfoldedOf(byte[] folding) => Unfolded[folding];

    private static byte[][] Unfold(byte[] folding) =>
        [.. Enumerable.Range(0, 256).Select(folded => Enumerable.Range(0, 256).Where(value => folding[value] == folded).Select(value => (byte)value).ToArray())];

    private static byte[] InAnyCase(string alphabet) =>
        [.. Enumerable.Range(0, 256).Select(value => alphabet.IndexOf(char.ToLowerInvariant((char)value), StringComparison.Ordinal) is >= 0 and var digit && value < 0x80 ? (byte)digit : None)];

    private static byte SixBits(char character) => character switch
    {
        >= 'A' and <= 'Z' => (byte)(character - 'A'),
        >= 'a' and <= 'z' => (byte)(character - 'a' + 26),
        >= '0' and <= '9' => (byte)(character - '0' + 52),
        '+' or '-' => 62,
        '/' or '_' => 63,
        _ => None,
    };
}
