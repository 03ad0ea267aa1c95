namespace Sanctum.Text;

/// <summary>
/// A compiled pattern: <c>*</c> is any run of characters, <c>/</c> included, <c>?</c> exactly one; the rest is literal and
/// compared ordinally.
/// </summary>
internal sealed class Glob
{
    /// <summary>The longest pattern, which is the longest path.</summary>
    public const int MaxLength = 512;

    private readonly string _pattern;
    private readonly Kind _kind;

    public Glob(string pattern)
    {
        _pattern = pattern;
        _kind = pattern.AsSpan().IndexOfAny('*', '?') switch
        {
            -1 => Kind.Literal,
            var first when first == pattern.Length - 1 && pattern[first] == '*' => Kind.Prefix,
            _ => Kind.Wild,
        };
    }

    private enum Kind
    {
        Literal,
        Prefix,
        Wild,
    }

    public bool Matches(ReadOnlySpan<char> text) => _kind switch
    {
        Kind.Literal => text.SequenceEqual(_pattern),
        Kind.Prefix => text.StartsWith(_pattern.AsSpan(0, _pattern.Length - 1), StringComparison.Ordinal),
        _ => MatchesWild(_pattern, text),
    };

    public override string ToString() => _pattern;

    // Only the last '*' is ever given more to swallow: whatever an earlier one could take, the last can take as well. So
    // there is one place to return to and no recursion, and the worst pattern costs pattern times text, never more.
    private static bool MatchesWild(ReadOnlySpan<char> pattern, ReadOnlySpan<char> text)
    {
        int p = 0, t = 0, star = -1, resume = 0;
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                (star, resume) = (p++, t);
            }
            else if (p < pattern.Length && (pattern[p] == '?' || pattern[p] == text[t]))
            {
                p++;
                t++;
            }
            else if (star >= 0)
            {
                (p, t) = (star + 1, ++resume);
            }
            else
            {
                return false;
            }
        }

        return pattern[p..].TrimStart('*').IsEmpty;
    }
}
