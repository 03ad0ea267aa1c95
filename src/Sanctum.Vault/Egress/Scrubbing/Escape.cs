using System.Buffers;
using System.Text;

namespace Sanctum.Egress.Scrubbing;

/// <summary>One escape in a text: how many bytes it is written with, and the byte or the character's code point that it stands for.</summary>
/// <remarks>
/// Letters are read in either case, because servers change the case of what they echo.
/// <code>
/// %2f                                   RFC 3986, section 2.1
/// %252f                                 the same, escaped once more
/// \u002f  \ud83d\ude00  \/ \" \\ \n     RFC 8259, section 7
/// \x2f  \' \v \0                        ECMA-262, section 12.9.4
/// &amp;lt;  &amp;#47;  &amp;#x2f;                  HTML, section 13.5; the five names of XML, up to six leading zeroes
/// </code>
/// </remarks>
internal readonly record struct Escape(int Length, int Number)
{
    /// <summary>The longest: <c>&amp;#x00000010ffff;</c>.</summary>
    public const int MaxLength = 16;

    private const int MaxLeadingZeroes = 6;
    private const int MaxDigits = 7;

    /// <summary>What an escape begins with.</summary>
    public static readonly SearchValues<byte> FirstBytes = SearchValues.Create("%\\&"u8);

    // One of these makes a whole escape of every text that can become one.
    private static readonly byte[][] Completions =
    [
        .. new[] { "00", "u0000", "00\\udc00", "0;", "#0;", "amp;", "lt;", "gt;", "quot;", "apos;" }
            .SelectMany(whole => Enumerable.Range(0, whole.Length).Select(skipped => Encoding.ASCII.GetBytes(whole[skipped..]))),
    ];

    /// <summary>Whether it is a line break, which means nothing within base64.</summary>
    public bool IsBreak => Number is '\r' or '\n';

    /// <summary>The escape that this text ends with. There is never more than one: each kind is told by what stands before its digits.</summary>
    public static bool TryReadLast(ReadOnlySpan<byte> text, out Escape escape)
    {
        escape = default;
        if (text.Length >= 2)
        {
            escape = text[^1] == ';' ? ReadEntity(text)
                : text[^2] == '\\' ? ReadShort(text[^1])
                : ReadDigits(text);
        }

        return escape.Length > 0;
    }

    /// <summary>Whether this text, which begins with one of <see cref="FirstBytes"/>, becomes one escape by what may yet follow.</summary>
    public static bool IsUnfinished(ReadOnlySpan<byte> text)
    {
        if (text.Length >= MaxLength)
        {
            return false;
        }

        Span<byte> whole = stackalloc byte[2 * MaxLength];
        text.CopyTo(whole);
        foreach (var completion in Completions)
        {
            completion.CopyTo(whole[text.Length..]);
            var length = text.Length + completion.Length;
            if (TryReadLast(whole[..length], out var escape) && escape.Length == length)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The character in UTF-8, at most four bytes.</summary>
    public int WriteUtf8(Span<byte> utf8) => new Rune(Number).EncodeToUtf8(utf8);

    private static Escape ReadShort(byte letter) => letter switch
    {
        (byte)'"' or (byte)'\'' or (byte)'/' or (byte)'\\' => new(2, letter),
        (byte)'b' or (byte)'B' => new(2, '\b'),
        (byte)'f' or (byte)'F' => new(2, '\f'),
        (byte)'n' or (byte)'N' => new(2, '\n'),
        (byte)'r' or (byte)'R' => new(2, '\r'),
        (byte)'t' or (byte)'T' => new(2, '\t'),
        (byte)'v' or (byte)'V' => new(2, '\v'),
        (byte)'0' => new(2, 0),
        _ => default,
    };

    private static Escape ReadDigits(ReadOnlySpan<byte> text)
    {
        if (Parse(text[^2..], 16) is not (>= 0 and var number))
        {
            return default;
        }

        var before = text[..^2];
        return before.EndsWith("%"u8) ? new(3, number)
            : before.EndsWith("%25"u8) ? new(5, number)
            : before.EndsWith("\\x"u8) || before.EndsWith("\\X"u8) ? new(4, number)
            : ReadUtf16(text);
    }

    private static Escape ReadUtf16(ReadOnlySpan<byte> text) => ReadCodeUnit(text) switch
    {
        < 0 => default,
        var low when char.IsLowSurrogate((char)low) => ReadCodeUnit(text[..^6]) is >= 0 and var high && char.IsHighSurrogate((char)high)
            ? new(12, char.ConvertToUtf32((char)high, (char)low))
            : default,
        var unit => Rune.IsValid(unit) ? new(6, unit) : default,
    };

    private static int ReadCodeUnit(ReadOnlySpan<byte> text) =>
        text.Length >= 6 && text[^6] == '\\' && (text[^5] | 0x20) == 'u' ? Parse(text[^4..], 16) : -1;

    private static Escape ReadEntity(ReadOnlySpan<byte> text)
    {
        var near = text[Math.Max(0, text.Length - MaxLength)..];
        var start = near.LastIndexOf((byte)'&');
        if (start < 0)
        {
            return default;
        }

        var entity = near[start..];
        var name = entity[1..^1];
        var number = name is [(byte)'#', (byte)'x' or (byte)'X', .. var hexadecimal] ? ReadReference(hexadecimal, 16)
            : name is [(byte)'#', .. var digits] ? ReadReference(digits, 10)
            : ReadName(name);
        return number >= 0 ? new(entity.Length, number) : default;
    }

    private static int ReadReference(ReadOnlySpan<byte> digits, int radix)
    {
        var significant = Math.Max(1, digits.TrimStart((byte)'0').Length);
        var number = significant <= MaxDigits && digits.Length - significant <= MaxLeadingZeroes ? Parse(digits, radix) : -1;
        return Rune.IsValid(number) ? number : -1;
    }

    private static int ReadName(ReadOnlySpan<byte> name) =>
        Ascii.EqualsIgnoreCase(name, "amp"u8) ? '&'
        : Ascii.EqualsIgnoreCase(name, "lt"u8) ? '<'
        : Ascii.EqualsIgnoreCase(name, "gt"u8) ? '>'
        : Ascii.EqualsIgnoreCase(name, "quot"u8) ? '"'
        : Ascii.EqualsIgnoreCase(name, "apos"u8) ? '\''
        : -1;

    // Never more than 13 digits, of which six are zeroes: no overflow.
    private static int Parse(ReadOnlySpan<byte> digits, int radix)
    {
        var number = digits.IsEmpty ? -1 : 0;
        foreach (var digit in digits)
        {
            var value = char.IsAsciiDigit((char)digit) ? digit - '0' : char.IsAsciiHexDigit((char)digit) ? (digit | 0x20) - 'a' + 10 : radix;
            if (value >= radix)
            {
                return -1;
            }

            number = (number * radix) + value;
        }

        return number;
    }
}
