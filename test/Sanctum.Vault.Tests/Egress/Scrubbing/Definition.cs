using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Sanctum.Tests.Egress.Scrubbing;

/// <summary>What is to be found, said once more: every reading of every piece of a text is tried. Slow, and shares nothing with what it checks.</summary>
internal static class Definition
{
    private const RegexOptions AnyCase = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static readonly (Regex Form, Func<Match, int> Number)[] Escapes =
    [
        (new(@"\G%([0-9a-f]{2})", AnyCase), Hex),
        (new(@"\G%25([0-9a-f]{2})", AnyCase), Hex),
        (new(@"\G\\x([0-9a-f]{2})", AnyCase), Hex),
        (new(@"\G\\u([0-9a-f]{4})", AnyCase), Hex),
        (new(@"\G&#x(0{0,6}(?:0|[1-9a-f][0-9a-f]{0,5}));", AnyCase), Hex),
        (new(@"\G&#(0{0,6}(?:0|[1-9][0-9]{0,6}));", AnyCase), match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)),
        (new(@"\G\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})", AnyCase), match => char.ConvertToUtf32((char)Hex(match), (char)Hex(match, 2))),
        (new(@"\G\\([/""'\\])", AnyCase), match => match.Groups[1].Value[0]),
        .. "b\bf\fn\nr\rt\tv\v0\0".Chunk(2).Select(pair => ((Regex, Func<Match, int>))(new(@"\G\\" + pair[0], AnyCase), _ => pair[1])),
        .. new[] { "amp&", "lt<", "gt>", "quot\"", "apos'" }.Select(name => ((Regex, Func<Match, int>))(new($@"\G&{name[..^1]};", AnyCase), _ => name[^1])),
    ];

    private delegate bool Element(byte value);

    /// <summary>The text with what must be replaced replaced, and how often.</summary>
    public static (byte[] Output, int Found) Scrub(IEnumerable<byte[]> needles, byte[] text)
    {
        var output = new List<byte>();
        var (done, found) = (0, 0);
        foreach (var (start, end) in needles.SelectMany(needle => Occurrences(needle, text)).OrderBy(occurrence => occurrence.Start))
        {
            if (start >= done)
            {
                output.AddRange(text[done..start]);
                output.AddRange("[REDACTED]"u8);
                found++;
            }

            done = Math.Max(done, end);
        }

        return ([.. output, .. text[done..]], found);
    }

    public static IEnumerable<(int Start, int End)> Occurrences(byte[] needle, byte[] text)
    {
        var characters = Encoding.Latin1.GetString(text);
        var readings = Enumerable.Range(0, text.Length).Select(start => Readings(characters, start)).ToArray();
        return
            from form in Forms(needle)
            from start in Enumerable.Range(0, text.Length)
            from end in Ends(form.Elements, form.MayBreak, readings, start)
            select (start, end);
    }

    private static HashSet<int> Ends(Element[] elements, bool mayBreak, (int Length, byte[] Bytes)[][] readings, int start)
    {
        var ends = new HashSet<int>();
        var seen = new HashSet<(int, int, int)>();
        var next = new Stack<(int Place, int Matched, int Breaks)>([(start, 0, 0)]);
        while (next.TryPop(out var here))
        {
            if (here.Matched == elements.Length)
            {
                ends.Add(here.Place);
            }
            else if (here.Place < readings.Length && seen.Add(here))
            {
                foreach (var (length, bytes) in readings[here.Place])
                {
                    if (bytes.Length <= elements.Length - here.Matched && bytes.Select((value, i) => elements[here.Matched + i](value)).All(fits => fits))
                    {
                        next.Push((here.Place + length, here.Matched + bytes.Length, 0));
                    }

                    if (mayBreak && here is { Matched: > 0, Breaks: < 2 } && bytes is [13] or [10])
                    {
                        next.Push((here.Place + length, here.Matched, here.Breaks + 1));
                    }
                }
            }
        }

        return ends;
    }

    private static (int Length, byte[] Bytes)[] Readings(string text, int start)
    {
        var readings = new List<(int, byte[])> { (1, [(byte)text[start]]) };
        if (text[start] == '+')
        {
            readings.Add((1, " "u8.ToArray()));
        }

        foreach (var (form, number) in text[start] is '%' or '\\' or '&' ? Escapes : [])
        {
            if (form.Match(text, start) is { Success: true } match && number(match) is var value && Rune.IsValid(value))
            {
                readings.Add((match.Length, Encoding.UTF8.GetBytes(char.ConvertFromUtf32(value))));
                if (value is >= 0x80 and <= 0xFF)
                {
                    readings.Add((match.Length, [(byte)value]));
                }
            }
        }

        return [.. readings];
    }

    private static IEnumerable<(Element[] Elements, bool MayBreak)> Forms(byte[] needle)
    {
        yield return (AnyCaseOf(needle), false);
        yield return (AnyCaseOf(Encoding.ASCII.GetBytes(Convert.ToHexString(needle))), false);
        if (IsUtf8(needle))
        {
            yield return (AnyCaseOf(Encoding.Unicode.GetBytes(Encoding.UTF8.GetString(needle))), false);
            yield return (AnyCaseOf(Encoding.BigEndianUnicode.GetBytes(Encoding.UTF8.GetString(needle))), false);
        }

        for (var before = 0; before < 3; before++)
        {
            yield return (Base64Of(needle, before), true);
        }
    }

    private static Element[] AnyCaseOf(byte[] text) =>
        [.. text.Select(value => (Element)(other => char.ToLowerInvariant((char)value) == char.ToLowerInvariant((char)other) && (value < 0x80 || value == other)))];

    // Where it makes no difference to a character's bit whether there are zeroes or ones around, the bit is the needle's.
    private static Element[] Base64Of(byte[] needle, int before)
    {
        var zeroes = SixBits(byte.MinValue);
        var ones = SixBits(byte.MaxValue);
        return
        [
            .. zeroes.Zip(ones, (zero, one) => (Zero: zero, Own: ~(zero ^ one) & 0x3F)).Where(bits => bits.Own != 0)
                .Select(bits => (Element)(value => SixBitsOf(value) is >= 0 and var six && (six & bits.Own) == (bits.Zero & bits.Own))),
        ];

        int[] SixBits(byte around)
        {
            byte[] whole = [.. Enumerable.Repeat(around, before), .. needle, around, around, around];
            return [.. Convert.ToBase64String(whole[..(whole.Length / 3 * 3)]).Select(character => SixBitsOf((byte)character))];
        }
    }

    private static int SixBitsOf(byte character) => character switch
    {
        (byte)'-' => 62,
        (byte)'_' => 63,
        _ => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".IndexOf((char)character, StringComparison.Ordinal),
    };

    private static bool IsUtf8(byte[] bytes)
    {
        try
        {
            _ = StrictUtf8.GetCharCount(bytes);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }

    private static int Hex(Match match) => Hex(match, 1);

    private static int Hex(Match match, int group) => int.Parse(match.Groups[group].Value, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
