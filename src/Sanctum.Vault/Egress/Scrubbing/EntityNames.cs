using System.Collections.Frozen;
using System.Text;

namespace Sanctum.Egress.Scrubbing;

/// <summary>The named character references of HTML that encoders write: those of XML, of ASCII's punctuation and of Latin-1.</summary>
internal static class EntityNames
{
    // HTML, section 13.5. As PHP's htmlentities writes them, in the order of the code points in each row.
    private const string Punctuation =
        "Tab=9 NewLine=10 excl=33 quot=34 QUOT=34 num=35 dollar=36 percnt=37 amp=38 AMP=38 apos=39 lpar=40 rpar=41 ast=42 midast=42 plus=43 comma=44 hyphen=45 dash=45 " +
        "period=46 sol=47 colon=58 semi=59 lt=60 LT=60 equals=61 gt=62 GT=62 quest=63 commat=64 lsqb=91 lbrack=91 bsol=92 rsqb=93 rbrack=93 Hat=94 lowbar=95 UnderBar=95 " +
        "grave=96 lcub=123 lbrace=123 verbar=124 vert=124 VerticalLine=124 rcub=125 rbrace=125 euro=8364";

    // From U+00A0 on, each the next.
    private const string Latin1 =
        "nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest " +
        "Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig " +
        "agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml";

    private static readonly FrozenDictionary<string, int> Exact = Named().ToFrozenDictionary(StringComparer.Ordinal);

    // A server that changes the case of what it echoes changes the names too. Where two letters have one name in lower case, the small one is meant.
    private static readonly FrozenDictionary<string, int> AnyCase = Named().OrderByDescending(named => char.IsAsciiLetterLower(named.Key[0]))
        .DistinctBy(named => named.Key, StringComparer.OrdinalIgnoreCase).ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenDictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> ExactBySpan = Exact.GetAlternateLookup<ReadOnlySpan<char>>();
    private static readonly FrozenDictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> AnyCaseBySpan = AnyCase.GetAlternateLookup<ReadOnlySpan<char>>();
    private static readonly int Longest = AnyCase.Keys.Max(name => name.Length);

    /// <summary>The character's code point, or -1 if there is no such name.</summary>
    public static int Find(ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty || name.Length > Longest)
        {
            return -1;
        }

        Span<char> letters = stackalloc char[Longest];
        letters = letters[..Encoding.Latin1.GetChars(name, letters)];
        return ExactBySpan.TryGetValue(letters, out var exact) ? exact : AnyCaseBySpan.TryGetValue(letters, out var any) ? any : -1;
    }

    /// <summary>Whether a name begins like this.</summary>
    public static bool IsBeginning(ReadOnlySpan<byte> name)
    {
        foreach (var known in AnyCase.Keys)
        {
            if (known.Length >= name.Length && Ascii.EqualsIgnoreCase(known.AsSpan(0, name.Length), name))
            {
                return true;
            }
        }

        return false;
    }

    private static IEnumerable<KeyValuePair<string, int>> Named() =>
    [
        .. Punctuation.Split(' ').Select(pair => pair.Split('=')).Select(pair => KeyValuePair.Create(pair[0], int.Parse(pair[1], System.Globalization.CultureInfo.InvariantCulture))),
        .. Latin1.Split(' ').Select((name, index) => KeyValuePair.Create(name, 0xA0 + index)),
    ];
}
