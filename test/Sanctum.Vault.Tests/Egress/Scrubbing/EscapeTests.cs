using System.Text;
using CsCheck;
using Sanctum.Egress.Scrubbing;

namespace Sanctum.Tests.Egress.Scrubbing;

public sealed class EscapeTests
{
    private static readonly string[] Pieces =
    [
        "%", "25", "2", "\\", "&", "=", "u", "x", "u{", "}", "#", "#x", "amp;", "num;", ";", "0", "000000", "5C", "26", "3d", "ud83d", "%ude00", "\\ude00", "\n", "\r\n", " ", "\t", "+", "b", "g", "q", "ÿ",
        "%25", "%5C", "%26", "%3D", "&amp;", "&#37;", "\\u0025", "\\x26", "=3D", "=\n", "\\\n", "%31", "%75", "&#50;", "\\u0032", "%23", "\\#", "%0a", "&#10;", "\\n", "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz",
    ];

    private static readonly Gen<byte[]> Text =
        from first in Gen.Char["%\\&="]
        from chosen in Gen.Int[0, Pieces.Length - 1].Array[0, 12]
        select Encoding.Latin1.GetBytes(first + string.Concat(chosen.Select(index => Pieces[index])));

    public static readonly TheoryData<string, string> Escapes = new()
    {
        { "/", @"%2f %2F %252f %252F \u002f \U002F \/ \x2f \X2F &#47; &#047; &#00000047; &#x2f; &#X2F; &#x0000002F; =2f =2F \57 \2f \00002F &sol; \u{2f} \x{2F} \U0000002f %u002F" },
        { "\"", @"\"" &quot; &QUOT; &#34;" },
        { "'", @"\' &apos; &#x27;" },
        { "\\", @"\\ \u005c %5C" },
        { "\b", @"\b \B \u0008" },
        { "\f", @"\f \F %0c" },
        { "\n", @"\n \N %0A" },
        { "\r", @"\r \R &#13;" },
        { "\t", @"\t \T &#9;" },
        { "\v", @"\v \V \x0b" },
        { "\0", @"\0 %00 &#0; &#0000000;" },
        { "&", "&amp; &AMP; %26" },
        { "<", "&lt; &Lt;" },
        { ">", "&gt; &GT;" },
        { " ", "+ %20" },
        { "-", @"\- =2D \55 \2d &hyphen; &dash;" },
        { "_", "&lowbar; &UnderBar; &LOWBAR;" },
        { "é", @"&eacute; \351 =C3=A9 \u{e9} \U000000e9 %u00e9 \u00e9 \xe9 %e9 %25E9 &#233; %c3%a9 %25c3%25a9 \xC3&#169;" },
        { "É", "&Eacute; =C3=89" },
        { "€", @"&euro; %u20AC \20ac \u20ac &#8364; &#x00000020AC; %e2%82%ac" },
        { "😀", @"%uD83D%ude00 \u{1f600} \U0001F600 \1f600 \ud83d\ude00 \uD83D\uDE00 &#128512; &#x1F600;" },
        { "\udbff\udfff", @"\udbff\udfff &#1114111; &#0000001114111; &#x10ffff; &#x00000010FFFF;" },
    };

    [Theory]
    [MemberData(nameof(Escapes))]
    public void Every_escape_is_read_wherever_it_is_cut(string character, string escapes)
    {
        var secret = Encoding.UTF8.GetBytes($"secret{character}12");
        foreach (var escape in escapes.Split(' '))
        {
            var text = Encoding.ASCII.GetBytes($"<secret{escape}12>");
            for (var cut = 1; cut <= text.Length; cut++)
            {
                var (output, _) = Scrubbing.Scrub([secret], text, [cut, int.MaxValue]);
                Assert.Equal("<[REDACTED]>", Encoding.ASCII.GetString(output));
            }
        }
    }

    [Theory]
    [InlineData("%2")]
    [InlineData("%g0")]
    [InlineData("%252")]
    [InlineData(@"\x2")]
    [InlineData(@"\u002")]
    [InlineData(@"\ud83d")]
    [InlineData(@"\ude00\ud83d")]
    [InlineData(@"\ude00")]
    [InlineData(@"\q")]
    [InlineData("&;")]
    [InlineData("&#;")]
    [InlineData("&#x;")]
    [InlineData("&#a;")]
    [InlineData("&#47")]
    [InlineData("&#+47;")]
    [InlineData("&#000000047;")]
    [InlineData("&#x00000000ac;")]
    [InlineData("&#xd83d;")]
    [InlineData("&#x110000;")]
    [InlineData("&#99999999;")]
    [InlineData("&solid;")]
    [InlineData("&alpha;")]
    [InlineData("=2")]
    [InlineData("=g0")]
    [InlineData("=\r")]
    [InlineData(@"\8q")]
    [InlineData(@"\u{110000}")]
    [InlineData(@"\x{}")]
    [InlineData(@"\U00110000")]
    [InlineData(@"\1100000")]
    [InlineData("%u002")]
    public void What_is_almost_an_escape_is_none(string text)
    {
        var escapes = new Escape[Escape.MaxReadings];
        Assert.DoesNotContain(escapes[..Escape.ReadLast(Encoding.ASCII.GetBytes(text), escapes)], escape => escape.Length == text.Length);
    }

    [Theory]
    [InlineData("secret=\n-12")]
    [InlineData("secret=\r\n-12")]
    [InlineData("secret\\\n-12")]
    [InlineData("secret-1=\n=\n2")]
    [InlineData("secret\\2d 12")]
    [InlineData("secret\\2d\r\n12")]
    public void A_line_break_that_is_escaped_means_nothing_and_what_ends_an_escape_belongs_to_it(string text)
    {
        for (var cut = 1; cut <= text.Length; cut++)
        {
            var (output, _) = Scrubbing.Scrub(["secret-12"u8.ToArray()], Encoding.ASCII.GetBytes($"<{text}>"), [cut, int.MaxValue]);
            Assert.Equal("<[REDACTED]>", Encoding.ASCII.GetString(output));
        }
    }

    [Theory]
    [InlineData("%", true)]
    [InlineData("%25", true)]
    [InlineData("%254", true)]
    [InlineData("%2541", false)]
    [InlineData("%41", false)]
    [InlineData("%g", false)]
    [InlineData("%u20", true)]
    [InlineData("%uD83D%u", true)]
    [InlineData("=", true)]
    [InlineData("=\r", true)]
    [InlineData("=4", true)]
    [InlineData("=41", false)]
    [InlineData("=x", false)]
    [InlineData(@"\16", true)]
    [InlineData(@"\000073", true)]
    [InlineData("\\73\r", true)]
    [InlineData(@"\0000730", false)]
    [InlineData(@"\u{1", true)]
    [InlineData(@"\U0001F60", true)]
    [InlineData("&eac", true)]
    [InlineData(@"\", true)]
    [InlineData(@"\u00e", true)]
    [InlineData(@"\u00e9", false)]
    [InlineData(@"\ud83d", true)]
    [InlineData(@"\ud83d\ude0", true)]
    [InlineData(@"\ud83d\u0", false)]
    [InlineData(@"\n", false)]
    [InlineData("&", true)]
    [InlineData("&quo", true)]
    [InlineData("&#", true)]
    [InlineData("&#x", true)]
    [InlineData("&#000000", true)]
    [InlineData("&#0000000", true)]
    [InlineData("&#00000000", false)]
    [InlineData("&copyright", false)]
    public void An_escape_is_unfinished_as_long_as_it_can_become_one(string text, bool unfinished) =>
        Assert.Equal(unfinished, Escape.IsUnfinished(Encoding.ASCII.GetBytes(text)));

    [Fact]
    public void What_is_passed_over_begins_no_escape_and_what_can_not_grow_begins_no_longer_one() =>
        Text.Sample(
            text =>
            {
                var read = new Escape[Escape.MaxFirstReadings];
                var longest = read[..Escape.ReadFirst(text, read)].Select(escape => escape.Length).DefaultIfEmpty().Max();
                Assert.All(Enumerable.Range(1, text.Length), length => Assert.True(longest <= length || Escape.MayGrow(text.AsSpan(0, length)), $"{length}"));
                Assert.True(Escape.MayBegin(text) || CountNested(text) == 0);
            },
            iter: 20_000,
            print: text => Encoding.Latin1.GetString(text));

    [Fact]
    public void What_follows_a_text_changes_nothing_unless_it_is_unfinished() =>
        Gen.Select(Text, Text).Sample(
            (text, rest) =>
            {
                var escapes = new NestedEscape[NestedEscape.MaxReadings];
                var count = NestedEscape.ReadFirst(text, escapes, out var kinds, out var isUnfinished);
                var longer = new NestedEscape[NestedEscape.MaxReadings];
                var countOfLonger = NestedEscape.ReadFirst([.. text, .. rest], longer, out var kindsOfLonger, out _);
                return isUnfinished || (kinds == kindsOfLonger && escapes.AsSpan(0, count).SequenceEqual(longer.AsSpan(0, countOfLonger)));
            },
            iter: 20_000,
            print: texts => $"{Encoding.Latin1.GetString(texts.Item1)} and {Encoding.Latin1.GetString(texts.Item2)}");

    private static int CountNested(byte[] text) => NestedEscape.ReadFirst(text, new NestedEscape[NestedEscape.MaxReadings], out _, out _);
}
