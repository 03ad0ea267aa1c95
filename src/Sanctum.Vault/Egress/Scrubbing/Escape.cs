using System.Buffers;
using System.Text;

namespace Sanctum.Egress.Scrubbing;

/// <summary>One escape in a text: how many bytes it is written with, and the byte or the character's code point that it stands for.</summary>
/// <remarks>
/// Letters are read in either case, because servers change the case of what they echo.
/// <code>
/// %2f                                     RFC 3986, section 2.1
/// %252f                                   the same, escaped once more
/// %u20ac                                  ECMA-262, section B.2.1 (escape)
/// \u002f  \ud83d\ude00  \/ \" \\ \n       RFC 8259, section 7
/// \x2f  \' \v \0  \u{2f}  \(newline)      ECMA-262, section 12.9.4
/// \57  \U0000002f  \x{2f}  \- \. \$       C, Python, Perl, regular expressions, shells
/// \2f  \00002f  \2f(space)                CSS Syntax, section 4.3.7; without the space also LDAP, RFC 4515
/// &amp;lt;  &amp;sol;  &amp;auml;  &amp;#47;  &amp;#x2f;       HTML, section 13.5: EntityNames; up to six leading zeroes
/// =2f  =(newline)                         quoted-printable, RFC 2045, section 6.7
/// </code>
/// </remarks>
internal readonly partial record struct Escape(int Length, int Number, EscapeKind Kind)
{
    /// <summary>The longest: <c>&amp;#x00000010ffff;</c>.</summary>
    public const int MaxLength = 16;

    /// <summary>The most that one text can end with: <c>\66</c> is octal and CSS, <c>\b</c> is JSON and CSS.</summary>
    public const int MaxReadings = 4;

    /// <summary>The most that one text can begin with: <c>\666666</c> and two kinds of white space.</summary>
    public const int MaxFirstReadings = 16;

    /// <summary>The <see cref="Number"/> of an escaped line break that stands for nothing.</summary>
    public const int Nothing = -1;

    private const int MaxLeadingZeroes = 6;
    private const int MaxDigits = 7;

    /// <summary>What an escape begins with.</summary>
    public static readonly SearchValues<byte> FirstBytes = SearchValues.Create("%\\&="u8);

    /// <summary>The escapes that this text ends with: none, or as many as it can be read as.</summary>
    /// <param name="text">The text.</param>
    /// <param name="escapes">Takes them; room for <see cref="MaxReadings"/>.</param>
    /// <returns>How many there are.</returns>
    public static int ReadLast(ReadOnlySpan<byte> text, Span<Escape> escapes)
    {
        if (text.Length < 2)
        {
            return 0;
        }

        var count = 0;
        if (text[^1] == ';')
        {
            AddEntity(text, escapes, ref count);
        }

        AddPercentAndQuoted(text, escapes, ref count);
        AddBackslash(text, escapes, ref count);
        return count;
    }

    /// <summary>The character in UTF-8, at most four bytes.</summary>
    public int WriteUtf8(Span<byte> utf8) => Number == Nothing ? 0 : new Rune(Number).EncodeToUtf8(utf8);

    /// <summary>What one who undoes escapes of this kind puts in its place: a byte for those that are written byte by byte, else a character in UTF-8.</summary>
    public int WriteUndone(Span<byte> undone)
    {
        if (Kind is not (EscapeKind.Percent or EscapeKind.Quoted) || Number is < 0 or > byte.MaxValue)
        {
            return WriteUtf8(undone);
        }

        undone[0] = (byte)Number;
        return 1;
    }

    private static void Add(Span<Escape> escapes, ref int count, int length, int number, EscapeKind kind)
    {
        if (number == Nothing || Rune.IsValid(number))
        {
            escapes[count++] = new(length, number, kind);
        }
    }

    private static void AddPercentAndQuoted(ReadOnlySpan<byte> text, Span<Escape> escapes, ref int count)
    {
        if (text.EndsWith("=\n"u8) || text.EndsWith("=\r\n"u8))
        {
            Add(escapes, ref count, text[^2] == '=' ? 2 : 3, Nothing, EscapeKind.Quoted);
        }

        if (text.Length < 3 || Parse(text[^2..], 16) is not (>= 0 and var number))
        {
            return;
        }

        var before = text[..^2];
        if (before[^1] is (byte)'%' or (byte)'=')
        {
            Add(escapes, ref count, 3, number, before[^1] == '%' ? EscapeKind.Percent : EscapeKind.Quoted);
        }
        else if (before.EndsWith("%25"u8))
        {
            Add(escapes, ref count, 5, number, EscapeKind.Other);
        }
        else if (text.Length >= 6 && text[^6] == '%')
        {
            AddUtf16(text, '%', EscapeKind.Percent, escapes, ref count);
        }
    }

    private static void AddBackslash(ReadOnlySpan<byte> text, Span<Escape> escapes, ref int count)
    {
        var near = text[Math.Max(0, text.Length - MaxLength)..^1];
        var start = near.LastIndexOf((byte)'\\');
        if (start < 0)
        {
            return;
        }

        // What stands between the backslash and the end, which is at least one byte.
        var body = text[(text.Length - near.Length - 1 + start + 1)..];
        var length = body.Length + 1;
        if (body.Length == 1 && ReadShort(body[0]) is >= 0 and var character)
        {
            Add(escapes, ref count, 2, character, EscapeKind.Backslash);
        }

        if (body is [(byte)'\n'] or [(byte)'\r', (byte)'\n'])
        {
            Add(escapes, ref count, length, Nothing, EscapeKind.Backslash);
            return;
        }

        if ((body[0] | 0x20) is 'u' or 'x')
        {
            AddLettered(text, body, escapes, ref count);
            return;
        }

        if (body.Length <= 3 && !body.SequenceEqual("0"u8) && Parse(body, 8) is >= 0 and <= byte.MaxValue and var octal)
        {
            Add(escapes, ref count, length, octal, EscapeKind.Other);
        }

        var digits = body[^1] is (byte)' ' or (byte)'\t' or (byte)'\n' or (byte)'\f' or (byte)'\r' ? body[..(body.EndsWith("\r\n"u8) ? ^2 : ^1)] : body;
        if (digits.Length is >= 1 and <= 6 && Parse(digits, 16) is > 0 and var css)
        {
            Add(escapes, ref count, length, css, EscapeKind.Other);
        }
    }

    // \x2f \x{2f} \u002f \ud83d\ude00 \u{2f} \U0000002f
    private static void AddLettered(ReadOnlySpan<byte> text, ReadOnlySpan<byte> body, Span<Escape> escapes, ref int count)
    {
        var length = body.Length + 1;
        if (body is [_, (byte)'{', .. { Length: >= 1 and <= 8 } braced, (byte)'}'])
        {
            Add(escapes, ref count, length, ParseRune(braced), EscapeKind.Backslash);
        }
        else if (body.Length == 3 && (body[0] | 0x20) == 'x')
        {
            Add(escapes, ref count, length, ParseRune(body[1..]), EscapeKind.Backslash);
        }
        else if (body.Length == 5 && (body[0] | 0x20) == 'u')
        {
            AddUtf16(text, '\\', EscapeKind.Backslash, escapes, ref count);
        }
        else if (body.Length == 9 && (body[0] | 0x20) == 'u')
        {
            Add(escapes, ref count, length, ParseRune(body[1..]), EscapeKind.Other);
        }
    }

    private static int ReadShort(byte letter) => letter switch
    {
        (byte)'b' or (byte)'B' => '\b',
        (byte)'f' or (byte)'F' => '\f',
        (byte)'n' or (byte)'N' => '\n',
        (byte)'r' or (byte)'R' => '\r',
        (byte)'t' or (byte)'T' => '\t',
        (byte)'v' or (byte)'V' => '\v',
        (byte)'0' => 0,
        >= (byte)' ' and < 0x7F when !char.IsAsciiLetterOrDigit((char)letter) => letter,
        _ => -1,
    };

    private static void AddUtf16(ReadOnlySpan<byte> text, char first, EscapeKind kind, Span<Escape> escapes, ref int count)
    {
        var unit = ReadCodeUnit(text, first);
        if (unit >= 0 && char.IsLowSurrogate((char)unit))
        {
            var high = ReadCodeUnit(text[..^6], first);
            if (high >= 0 && char.IsHighSurrogate((char)high))
            {
                Add(escapes, ref count, 12, char.ConvertToUtf32((char)high, (char)unit), kind);
            }
        }
        else if (unit >= 0)
        {
            Add(escapes, ref count, 6, unit, kind);
        }
    }

    private static int ReadCodeUnit(ReadOnlySpan<byte> text, char first) =>
        text.Length >= 6 && text[^6] == first && (text[^5] | 0x20) == 'u' ? Parse(text[^4..], 16) : -1;

    private static void AddEntity(ReadOnlySpan<byte> text, Span<Escape> escapes, ref int count)
    {
        var near = text[Math.Max(0, text.Length - MaxLength)..];
        var start = near.LastIndexOf((byte)'&');
        if (start < 0)
        {
            return;
        }

        var entity = near[start..];
        var name = entity[1..^1];
        var number = name is [(byte)'#', (byte)'x' or (byte)'X', .. var hexadecimal] ? ReadReference(hexadecimal, 16)
            : name is [(byte)'#', .. var digits] ? ReadReference(digits, 10)
            : EntityNames.Find(name);
        if (number >= 0)
        {
            Add(escapes, ref count, entity.Length, number, EscapeKind.Entity);
        }
    }

    private static int ReadReference(ReadOnlySpan<byte> digits, int radix)
    {
        var significant = Math.Max(1, digits.TrimStart((byte)'0').Length);
        var number = significant <= MaxDigits && digits.Length - significant <= MaxLeadingZeroes ? Parse(digits, radix) : -1;
        return Rune.IsValid(number) ? number : -1;
    }

    // What is no character is no escape: it is told by a number that is none either.
    private static int ParseRune(ReadOnlySpan<byte> digits) => digits.Length <= 8 && Parse(digits, 16) is >= 0 and <= 0x10FFFF and var number ? number : int.MaxValue;

    private static bool IsHexDigit(byte value) => char.IsAsciiHexDigit((char)value);

    // Never more than 13 digits, of which six are zeroes, or eight: at most the sign bit is set, which tells that it is no number.
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

            number = unchecked((number * radix) + value);
        }

        return number;
    }
}
