using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace Sanctum.Tests.Egress.Scrubbing;

/// <summary>What is to be found, said once more: every reading of every piece of a text is tried. Slow, and shares nothing with what it checks.</summary>
internal static class Definition
{
    private const RegexOptions AnyCase = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    // Which decoder it is for, if a whole text may have been through that one before.
    private static readonly (char Kind, Regex Form, Func<Match, int> Number)[] Escapes =
    [
        ('%', new(@"\G%([0-9a-f]{2})", AnyCase), Hex),
        ('%', new(@"\G%u([0-9a-f]{4})", AnyCase), Hex),
        ('%', new(@"\G%u(d[89ab][0-9a-f]{2})%u(d[c-f][0-9a-f]{2})", AnyCase), Pair),
        (' ', new(@"\G%25([0-9a-f]{2})", AnyCase), Hex),
        ('\\', new(@"\G\\x([0-9a-f]{2})", AnyCase), Hex),
        ('\\', new(@"\G\\[ux]\{([0-9a-f]{1,8})\}", AnyCase), Hex),
        ('\\', new(@"\G\\u([0-9a-f]{4})", AnyCase), Hex),
        ('\\', new(@"\G\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})", AnyCase), Pair),
        (' ', new(@"\G\\u([0-9a-f]{8})", AnyCase), Hex),
        ('\\', new(@"\G\\([ -/:-@\[-`{-~])", AnyCase), match => match.Groups[1].Value[0]),
        .. "b\bf\fn\nr\rt\tv\v0\0".Chunk(2).Select(pair => ('\\', (Regex)new(@"\G\\" + pair[0], AnyCase), (Func<Match, int>)(_ => pair[1]))),
        ('\\', new(@"\G\\\r?\n", AnyCase), _ => -1),
        .. Enumerable.Range(1, 3).Select(digits => (' ', new Regex($@"\G\\([0-7]{{{digits}}})", AnyCase), (Func<Match, int>)(match => Convert.ToInt32(match.Groups[1].Value, 8) is <= 255 and var octal ? octal : NoNumber))),
        .. Enumerable.Range(1, 6).SelectMany(digits => new[] { "", "[ \t\r\n\f]", "\r\n" }.Select(
            end => (' ', new Regex($@"\G\\([0-9a-f]{{{digits}}}){end}", AnyCase), (Func<Match, int>)(match => Hex(match) is > 0 and var css ? css : NoNumber)))),
        ('&', new(@"\G&#x(0{0,6}(?:0|[1-9a-f][0-9a-f]{0,5}));", AnyCase), Hex),
        ('&', new(@"\G&#(0{0,6}(?:0|[1-9][0-9]{0,6}));", AnyCase), match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)),
        ('&', new(@"\G&([a-z][a-z0-9]{1,11});", AnyCase), match => Named(match.Groups[1].Value)),
        ('=', new(@"\G=([0-9a-f]{2})", AnyCase), Hex),
        ('=', new(@"\G=\r?\n", AnyCase), _ => -1),
    ];

    private const int NoNumber = int.MaxValue;

    private const string Punctuation =
        "\tTab \nNewLine !excl \"quot #num $dollar %percnt &amp 'apos (lpar )rpar *ast *midast +plus ,comma -hyphen -dash .period /sol :colon ;semi <lt =equals >gt ?quest @commat [lsqb [lbrack \\bsol ]rsqb ]rbrack " +
        "^Hat _lowbar _UnderBar `grave {lcub {lbrace |verbar |vert |VerticalLine }rcub }rbrace";

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

    public static IEnumerable<(int Start, int End)> Occurrences(byte[] needle, byte[] text) =>
        InCharsets(needle).SelectMany(spelled => OccurrencesOf([.. Forms(spelled)], text));

    // In the text as it is, and as each decoder leaves it: of what has come so far, an escape of which only a part has come is none.
    private static IEnumerable<(int Start, int End)> OccurrencesOf(List<(Element[] Elements, Breaks Breaks, HashSet<int> Starts)> forms, byte[] text)
    {
        foreach (var occurrence in Occurrences(forms, text))
        {
            yield return occurrence;
        }

        foreach (var kind in "%\\&=")
        {
            var (undone, positions, ends, inner) = Undo(text, kind);
            if (inner.Count > 0)
            {
                foreach (var (start, end) in Occurrences(forms, undone))
                {
                    yield return (positions[start], ends[end - 1]);
                }
            }

            foreach (var cut in inner)
            {
                var (part, places, _, _) = Undo(text[..cut], kind);
                foreach (var (start, _) in Occurrences(forms, part).Where(occurrence => occurrence.End == part.Length))
                {
                    yield return (places[start], cut);
                }
            }
        }
    }

    private static IEnumerable<(int Start, int End)> Occurrences(List<(Element[] Elements, Breaks Breaks, HashSet<int> Starts)> forms, byte[] text)
    {
        var characters = Encoding.Latin1.GetString(text);
        var readings = Enumerable.Range(0, text.Length).Select(start => Readings(characters, start)).ToArray();
        return
            from form in forms
            from start in Enumerable.Range(0, text.Length)
            from end in Ends(form, readings, start)
            select (start, end);
    }

    // Also where what each byte comes from begins and ends, and the places within escapes.
    private static (byte[] Bytes, int[] Positions, int[] Ends, List<int> Inner) Undo(byte[] text, char kind)
    {
        var characters = Encoding.Latin1.GetString(text);
        var (bytes, positions, ends, inner) = (new List<byte>(), new List<int>(), new List<int>(), new List<int>());
        for (var at = 0; at < text.Length;)
        {
            var (length, undone) = (1, new[] { text[at] });
            foreach (var (_, form, number) in text[at] == kind ? Escapes.Where(escape => escape.Kind == kind) : [])
            {
                if (form.Match(characters, at) is { Success: true, Length: <= 16 } match && number(match) is var value && (value == -1 || Rune.IsValid(value)) && match.Length > length)
                {
                    length = match.Length;
                    undone = value == -1 ? [] : kind is '%' or '=' && value <= 255 ? [(byte)value] : Encoding.UTF8.GetBytes(char.ConvertFromUtf32(value));
                }
            }

            bytes.AddRange(undone);
            positions.AddRange(undone.Select(_ => at));
            ends.AddRange(undone.Select(_ => at + length));
            inner.AddRange(Enumerable.Range(at + 1, length - 1));
            at += length;
        }

        return ([.. bytes], [.. positions, text.Length], [.. ends], inner);
    }

    private enum Breaks
    {
        None,
        Raw,
        Lines,
        List,
    }

    private static HashSet<int> Ends((Element[] Elements, Breaks Breaks, HashSet<int> Starts) form, (int Length, byte[] Bytes)[][] readings, int start)
    {
        var (elements, ends) = (form.Elements, new HashSet<int>());
        if (!readings[start].Any(reading => reading.Bytes.Length > 0 && elements[0](reading.Bytes[0])))
        {
            return ends;
        }

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
                // The first is the byte itself.
                foreach (var (length, bytes) in form.Breaks == Breaks.Raw ? readings[here.Place][..1] : readings[here.Place])
                {
                    if (bytes.Length > 0 && bytes.Length <= elements.Length - here.Matched && bytes.Select((value, i) => elements[here.Matched + i](value)).All(fits => fits))
                    {
                        next.Push((here.Place + length, here.Matched + bytes.Length, 0));
                    }

                    var mayBreak = bytes.Length == 0 || (bytes.Length == 1 && form.Breaks switch
                    {
                        Breaks.Lines => bytes[0] is 13 or 10,
                        Breaks.List => form.Starts.Contains(here.Matched) && " \t\r\n,:;-_.|\"'".Contains((char)bytes[0], StringComparison.Ordinal),
                        _ => false,
                    });
                    if (mayBreak && here.Matched > 0 && here.Breaks < (form.Breaks == Breaks.List ? 12 : 2))
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

        foreach (var (_, form, number) in text[start] is '%' or '\\' or '&' or '=' ? Escapes : [])
        {
            if (form.Match(text, start) is not { Success: true, Length: <= 16 } match)
            {
                continue;
            }

            var value = number(match);
            if (value == -1)
            {
                readings.Add((match.Length, []));
            }
            else if (Rune.IsValid(value))
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

    private static IEnumerable<byte[]> InCharsets(byte[] needle)
    {
        yield return needle;
        if (needle.All(value => value < 0x80))
        {
            yield break;
        }

        var windows = CodePagesEncodingProvider.Instance.GetEncoding(1252, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback)!;
        foreach (var charset in new[] { Encoding.GetEncoding("iso-8859-1", EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback), windows })
        {
            if (IsUtf8(needle) && TryEncode(charset, Encoding.UTF8.GetString(needle)) is { Length: >= 4 } encoded)
            {
                yield return encoded;
            }

            yield return Encoding.UTF8.GetBytes(charset.GetString(needle));
        }

        static byte[]? TryEncode(Encoding charset, string text)
        {
            try
            {
                return charset.GetBytes(text);
            }
            catch (EncoderFallbackException)
            {
                return null;
            }
        }
    }

    private static IEnumerable<(Element[] Elements, Breaks Breaks, HashSet<int> Starts)> Forms(byte[] needle)
    {
        yield return Text(needle);
        foreach (var quote in "\"'")
        {
            yield return Text(Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(needle).Replace($"{quote}", $"{quote}{quote}", StringComparison.Ordinal)));
        }

        var part = Math.Max(16, (int)Math.Ceiling(needle.Length * 0.75));
        if (part < needle.Length)
        {
            yield return (AnyCaseOf(needle[..part]), Breaks.Raw, []);
            yield return (AnyCaseOf(needle[^part..]), Breaks.Raw, []);
        }

        if (IsUtf8(needle))
        {
            yield return Text(Encoding.Unicode.GetBytes(Encoding.UTF8.GetString(needle)));
            yield return Text(Encoding.BigEndianUnicode.GetBytes(Encoding.UTF8.GetString(needle)));
        }

        for (var before = 0; before < 3; before++)
        {
            yield return (BaseOf(needle, before, 6, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"), Breaks.Lines, []);
        }

        for (var before = 0; before < 5; before++)
        {
            yield return (BaseOf(needle, before, 5, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "abcdefghijklmnopqrstuvwxyz234567"), Breaks.Lines, []);
            yield return (BaseOf(needle, before, 5, "0123456789ABCDEFGHIJKLMNOPQRSTUV", "0123456789abcdefghijklmnopqrstuv"), Breaks.Lines, []);
        }

        foreach (var number in new Func<byte, string>[] { value => $"{value:x2}", value => $"0x{value:x2}", value => $"{value}", value => $"{(sbyte)value}", value => $"{Convert.ToString(value, 8),3}".Replace(' ', '0') })
        {
            var numbers = needle.Select(number).ToList();
            yield return (AnyCaseOf(Encoding.ASCII.GetBytes(string.Concat(numbers))), Breaks.List, [.. numbers.Select((_, index) => numbers.Take(index).Sum(before => before.Length))]);
        }

        static (Element[], Breaks, HashSet<int>) Text(byte[] text) => (AnyCaseOf(text), Breaks.None, []);
    }

    private static Element[] AnyCaseOf(byte[] text) =>
        [.. text.Select(value => (Element)(other => char.ToLowerInvariant((char)value) == char.ToLowerInvariant((char)other) && (value < 0x80 || value == other)))];

    // Where it makes no difference to a character's bit whether there are zeroes or ones around, the bit is the needle's.
    private static Element[] BaseOf(byte[] needle, int before, int bits, params string[] alphabets)
    {
        var zeroes = Digits(byte.MinValue);
        var ones = Digits(byte.MaxValue);
        return
        [
            .. zeroes.Zip(ones, (zero, one) => (Zero: zero, Own: ~(zero ^ one) & ((1 << bits) - 1))).Where(digit => digit.Own != 0)
                .Select(digit => (Element)(value => alphabets.Any(alphabet => alphabet.IndexOf((char)value, StringComparison.Ordinal) is >= 0 and var own && (own & digit.Own) == (digit.Zero & digit.Own)))),
        ];

        int[] Digits(byte around)
        {
            byte[] whole = [.. Enumerable.Repeat(around, before), .. needle, around];
            var all = string.Concat(whole.Select(value => $"{value:b8}"));
            return [.. all.Chunk(bits).Where(digit => digit.Length == bits).Select(digit => Convert.ToInt32(new string(digit), 2))];
        }
    }

    private static int Named(string name)
    {
        var exact = Punctuation.Split(' ').FirstOrDefault(named => named[1..] == name) ?? Punctuation.Split(' ').FirstOrDefault(named => named[1..].Equals(name, StringComparison.OrdinalIgnoreCase));
        if (exact is not null)
        {
            return exact[0];
        }

        return new[] { name, name.ToLowerInvariant(), name.ToUpperInvariant() }.Select(spelled => WebUtility.HtmlDecode($"&{spelled};"))
            .FirstOrDefault(decoded => decoded.Length == 1 && decoded[0] is (>= '\u00a0' and <= '\u00ff') or '\u20ac') is { } character ? character[0] : NoNumber;
    }

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

    private static int Pair(Match match) => char.ConvertToUtf32((char)Hex(match), (char)Hex(match, 2));

    private static int Hex(Match match) => Hex(match, 1);

    private static int Hex(Match match, int group) =>
        long.Parse(match.Groups[group].Value, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) is <= 0x10FFFF and var number ? (int)number : NoNumber;
}
