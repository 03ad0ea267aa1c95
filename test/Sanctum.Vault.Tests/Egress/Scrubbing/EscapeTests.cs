using System.Text;
using Sanctum.Egress.Scrubbing;

namespace Sanctum.Tests.Egress.Scrubbing;

public sealed class EscapeTests
{
    public static readonly TheoryData<string, string> Escapes = new()
    {
        { "/", @"%2f %2F %252f %252F \u002f \U002F \/ \x2f \X2F &#47; &#047; &#00000047; &#x2f; &#X2F; &#x0000002F;" },
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
        { "é", @"\u00e9 \xe9 %e9 %25E9 &#233; %c3%a9 %25c3%25a9 \xC3&#169;" },
        { "€", @"\u20ac &#8364; &#x00000020AC; %e2%82%ac" },
        { "😀", @"\ud83d\ude00 \uD83D\uDE00 &#128512; &#x1F600;" },
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
    [InlineData("&sol;")]
    public void What_is_almost_an_escape_is_none(string text) =>
        Assert.False(Escape.TryReadLast(Encoding.ASCII.GetBytes(text), out var escape) && escape.Length == text.Length);

    [Theory]
    [InlineData("%", true)]
    [InlineData("%25", true)]
    [InlineData("%254", true)]
    [InlineData("%2541", false)]
    [InlineData("%41", false)]
    [InlineData("%g", false)]
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
    [InlineData("&copy", false)]
    public void An_escape_is_unfinished_as_long_as_it_can_become_one(string text, bool unfinished) =>
        Assert.Equal(unfinished, Escape.IsUnfinished(Encoding.ASCII.GetBytes(text)));
}
