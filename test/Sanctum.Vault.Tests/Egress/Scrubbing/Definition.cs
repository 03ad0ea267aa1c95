using System.Collections.Concurrent;
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
    private const int Longest = 16;

    private static readonly ConcurrentDictionary<string, (char Kind, int Length, int Number)[]> Known = new(StringComparer.Ordinal);

    private const string Punctuation =
        "\tTab \nNewLine !excl \"quot #num $dollar %percnt &amp 'apos (lpar )rpar *ast *midast +plus ,comma -hyphen -dash .period /sol :colon ;semi <lt =equals >gt ?quest @commat [lsqb [lbrack \\bsol ]rsqb ]rbrack " +
        "^Hat _lowbar _UnderBar `grave {lcub {lbrace |verbar |vert |VerticalLine }rcub }rbrace";

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
        List<Form> forms = [.. InCharsets(needle).SelectMany(Forms)];

        // In the text as it is, and as each decoder leaves it: of what has come so far, an escape of which only a part has come is none.
        return OccurrencesIn(forms, text).Concat("%\\&=".SelectMany(kind => OccurrencesUndone(forms, text, kind)));
    }

    private static IEnumerable<(int Start, int End)> OccurrencesIn(List<Form> forms, byte[] text)
    {
        var read = new ReadableText(text);
        return Enumerable.Range(1, text.Length).SelectMany(end => forms.SelectMany(form => read.Starts(form, end).Select(start => (start, end))));
    }

    private static IEnumerable<(int Start, int End)> OccurrencesUndone(List<Form> forms, byte[] text, char kind)
    {
        var units = Undo(text, kind, 0);
        if (units.All(unit => unit.Length == 1))
        {
            yield break;
        }

        foreach (var (start, end) in Within(units, whole: true))
        {
            yield return (start, end);
        }

        for (var i = 0; i < units.Count; i++)
        {
            for (var cut = units[i].Start + 1; cut < units[i].Start + units[i].Length; cut++)
            {
                foreach (var (start, _) in Within([.. units[..i], .. Undo(text[..cut], kind, units[i].Start)], whole: false))
                {
                    yield return (start, cut);
                }
            }
        }

        // Three line breaks in a row that mean nothing end whatever has begun.
        IEnumerable<(int Start, int End)> Within(List<(int Start, int Length, byte[] Bytes)> units, bool whole)
        {
            var read = new ReadableText([.. units.SelectMany(unit => unit.Bytes)]);
            var places = units.SelectMany(unit => unit.Bytes.Select(_ => unit)).ToArray();
            return
                from end in whole ? Enumerable.Range(1, places.Length) : [places.Length]
                where end > 0
                from form in forms
                from start in read.Starts(form, end)
                let occurrence = (places[start].Start, End: places[end - 1].Start + places[end - 1].Length)
                where !Regex.IsMatch(Encoding.Latin1.GetString(text[occurrence.Start..occurrence.End]), $@"(\{kind}\r?\n){{3}}")
                select occurrence;
        }
    }

    // What stands at each place, from there on.
    private static List<(int Start, int Length, byte[] Bytes)> Undo(byte[] text, char kind, int at)
    {
        var characters = Encoding.Latin1.GetString(text);
        var units = new List<(int Start, int Length, byte[] Bytes)>();
        while (at < text.Length)
        {
            var (length, undone) = (1, new[] { text[at] });
            foreach (var (_, size, value) in text[at] == kind ? EscapesAt(characters, at).Where(escape => escape.Kind == kind && escape.Length > length).OrderBy(escape => escape.Length) : Enumerable.Empty<(char, int Length, int Number)>())
            {
                length = size;
                undone = value == -1 ? [] : kind is '%' or '=' && value <= 255 ? [(byte)value] : Encoding.UTF8.GetBytes(char.ConvertFromUtf32(value));
            }

            units.Add((at, length, undone));
            at += length;
        }

        return units;
    }

    private enum Breaks
    {
        None,
        Raw,
        Lines,
        List,
    }

    // Which bytes each element matches.
    private sealed record Form(bool[][] Elements, Breaks Breaks, HashSet<int> Starts)
    {
        public bool MayBreakBefore(int element, byte value) => Breaks switch
        {
            Breaks.Lines => value is 13 or 10,
            Breaks.List => Starts.Contains(element) && " \t\r\n,:;-_.|\"'".Contains((char)value, StringComparison.Ordinal),
            _ => false,
        };
    }

    // A text and what each of its pieces may be read as.
    private sealed class ReadableText(byte[] text)
    {
        private readonly string _characters = Encoding.Latin1.GetString(text);
        private readonly (int Length, byte[] Bytes)[]?[] _from = new (int, byte[])[text.Length][];
        private readonly (int Length, byte[] Bytes)[]?[] _to = new (int, byte[])[text.Length + 1][];

        // Where the form begins, if it ends here.
        public HashSet<int> Starts(Form form, int end)
        {
            if (!MayEnd(form.Elements[^1], To(end)))
            {
                return [];
            }

            var starts = new HashSet<int>();

            var seen = new HashSet<(int, int, int)>();
            var next = new Stack<(int Place, int Before, int Breaks)>([(end, form.Elements.Length, 0)]);
            while (next.TryPop(out var here))
            {
                if (here.Before == 0)
                {
                    starts.Add(here.Place);
                }
                else if (here.Place > 0 && seen.Add(here))
                {
                    // The first is the byte itself.
                    var readings = To(here.Place);
                    foreach (var (length, bytes) in form.Breaks == Breaks.Raw ? readings[..1] : readings)
                    {
                        if (Fits(form, here.Before, bytes))
                        {
                            next.Push((here.Place - length, here.Before - bytes.Length, 0));
                        }

                        var mayBreak = bytes.Length == 0 || (bytes.Length == 1 && form.MayBreakBefore(here.Before, bytes[0]));
                        if (mayBreak && here.Before < form.Elements.Length && here.Breaks < (form.Breaks == Breaks.List ? 12 : 2))
                        {
                            next.Push((here.Place - length, here.Before, here.Breaks + 1));
                        }
                    }
                }
            }

            return starts;
        }

        private static bool MayEnd(bool[] last, (int Length, byte[] Bytes)[] readings)
        {
            foreach (var (_, bytes) in readings)
            {
                if (bytes.Length > 0 && last[bytes[^1]])
                {
                    return true;
                }
            }

            return false;
        }

        private static bool Fits(Form form, int before, byte[] bytes)
        {
            var first = before - bytes.Length;
            if (bytes.Length == 0 || first < 0)
            {
                return false;
            }

            for (var i = 0; i < bytes.Length; i++)
            {
                if (!form.Elements[first + i][bytes[i]])
                {
                    return false;
                }
            }

            return true;
        }

        private (int Length, byte[] Bytes)[] To(int end) =>
            _to[end] ??= [.. Enumerable.Range(1, Math.Min(Longest, end)).SelectMany(length => From(end - length).Where(reading => reading.Length == length))];

        private (int Length, byte[] Bytes)[] From(int start) => _from[start] ??= Readings(_characters, start);
    }

    private static (int Length, byte[] Bytes)[] Readings(string text, int start)
    {
        var readings = new List<(int, byte[])> { (1, [(byte)text[start]]) };
        if (text[start] == '+')
        {
            readings.Add((1, " "u8.ToArray()));
        }

        foreach (var (_, length, value) in EscapesAt(text, start))
        {
            readings.Add((length, value == -1 ? [] : Encoding.UTF8.GetBytes(char.ConvertFromUtf32(value))));
            if (value is >= 0x80 and <= 0xFF)
            {
                readings.Add((length, [(byte)value]));
            }
        }

        return [.. readings];
    }

    // All that may begin at a place. The same pieces come again and again.
    private static (char Kind, int Length, int Number)[] EscapesAt(string text, int start)
    {
        if (text[start] is not ('%' or '\\' or '&' or '='))
        {
            return [];
        }

        return Known.GetOrAdd(text.Substring(start, Math.Min(Longest, text.Length - start)), piece =>
        [
            .. from escape in Escapes
               let match = escape.Form.Match(piece)
               where match.Success
               let number = escape.Number(match)
               where number == -1 || Rune.IsValid(number)
               select (escape.Kind, match.Length, number),
        ]);
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

    private static IEnumerable<Form> Forms(byte[] needle)
    {
        yield return Text(needle);
        foreach (var quote in "\"'".Where(quote => needle.Contains((byte)quote)))
        {
            yield return Text(Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(needle).Replace($"{quote}", $"{quote}{quote}", StringComparison.Ordinal)));
        }

        var part = Math.Max(16, (int)Math.Ceiling(needle.Length * 0.75));
        if (part < needle.Length)
        {
            yield return new(AnyCaseOf(needle[..part]), Breaks.Raw, []);
            yield return new(AnyCaseOf(needle[^part..]), Breaks.Raw, []);
        }

        if (IsUtf8(needle))
        {
            yield return Text(Encoding.Unicode.GetBytes(Encoding.UTF8.GetString(needle)));
            yield return Text(Encoding.BigEndianUnicode.GetBytes(Encoding.UTF8.GetString(needle)));
        }

        for (var before = 0; before < 3; before++)
        {
            yield return new(BaseOf(needle, before, 6, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"), Breaks.Lines, []);
        }

        for (var before = 0; before < 5; before++)
        {
            yield return new(BaseOf(needle, before, 5, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "abcdefghijklmnopqrstuvwxyz234567"), Breaks.Lines, []);
            yield return new(BaseOf(needle, before, 5, "0123456789ABCDEFGHIJKLMNOPQRSTUV", "0123456789abcdefghijklmnopqrstuv"), Breaks.Lines, []);
        }

        foreach (var number in new Func<byte, string>[] { value => $"{value:x2}", value => $"0x{value:x2}", value => $"{value}", value => $"{(sbyte)value}", value => $"{Convert.ToString(value, 8),3}".Replace(' ', '0') })
        {
            var numbers = needle.Select(number).ToList();
            yield return new(AnyCaseOf(Encoding.ASCII.GetBytes(string.Concat(numbers))), Breaks.List, [.. numbers.Select((_, index) => numbers.Take(index).Sum(before => before.Length))]);
        }

        static Form Text(byte[] text) => new(AnyCaseOf(text), Breaks.None, []);
    }

    private static bool[] Matching(Func<byte, bool> matches) => [.. Enumerable.Range(0, 256).Select(value => matches((byte)value))];

    private static bool[][] AnyCaseOf(byte[] text) =>
        [.. text.Select(value => Matching(other => char.ToLowerInvariant((char)value) == char.ToLowerInvariant((char)other) && (value < 0x80 || value == other)))];

    // Where it makes no difference to a character's bit whether there are zeroes or ones around, the bit is the needle's.
    private static bool[][] BaseOf(byte[] needle, int before, int bits, params string[] alphabets)
    {
        var zeroes = Digits(byte.MinValue);
        var ones = Digits(byte.MaxValue);
        return
        [
            .. zeroes.Zip(ones, (zero, one) => (Zero: zero, Own: ~(zero ^ one) & ((1 << bits) - 1))).Where(digit => digit.Own != 0)
                .Select(digit => Matching(value => alphabets.Any(alphabet => alphabet.IndexOf((char)value, StringComparison.Ordinal) is >= 0 and var own && (own & digit.Own) == (digit.Zero & digit.Own)))),
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
