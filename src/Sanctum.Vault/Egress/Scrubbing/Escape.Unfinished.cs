using System.Text;

namespace Sanctum.Egress.Scrubbing;

/// <content>What a text breaks off in.</content>
internal readonly partial record struct Escape
{
    // One of these makes a whole escape of every text that can become one.
    private static readonly byte[][] PercentCompletions = Completions("00", "2500", "u0000", "ud800%udc00");
    private static readonly byte[][] EntityCompletions = Completions("#0;", "#x0;");
    private static readonly byte[][] QuotedCompletions = Completions("00", "\n", "\r\n");
    private static readonly byte[][] BackslashCompletions =
        Completions("\"", "000001\r\n", "u0000", "ud800\\udc00", "x00", "U00000000", "x{0}", "u{0}", "\r\n");

    /// <summary>Whether this text, which begins with one of <see cref="FirstBytes"/>, becomes one escape by what may yet follow.</summary>
    public static bool IsUnfinished(ReadOnlySpan<byte> text)
    {
        if (text.Length >= MaxLength || !MayGrow(text))
        {
            return false;
        }

        return text[0] switch
        {
            (byte)'%' => IsUnfinished(text, PercentCompletions),
            (byte)'=' => IsUnfinished(text, QuotedCompletions),
            (byte)'&' => text.Length == 1 || (text[1] == '#' ? IsUnfinished(text, EntityCompletions) : EntityNames.IsBeginning(text[1..])),
            _ => IsUnfinished(text, BackslashCompletions),
        };
    }

    private static byte[][] Completions(params string[] wholes) =>
        [.. wholes.SelectMany(whole => Enumerable.Range(0, whole.Length).Select(skipped => Encoding.ASCII.GetBytes(whole[skipped..])))];

    private static bool IsUnfinished(ReadOnlySpan<byte> text, byte[][] completions)
    {
        Span<byte> whole = stackalloc byte[2 * MaxLength];
        Span<Escape> readings = stackalloc Escape[MaxReadings];
        text.CopyTo(whole);
        foreach (var completion in completions)
        {
            completion.CopyTo(whole[text.Length..]);
            if (ReadWhole(whole[..(text.Length + completion.Length)], readings) > 0)
            {
                return true;
            }
        }

        return false;
    }
}
