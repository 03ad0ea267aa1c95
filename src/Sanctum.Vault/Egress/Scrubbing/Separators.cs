using System.Buffers;

namespace Sanctum.Egress.Scrubbing;

/// <summary>Which bytes are <see cref="Breaks"/>, and how many may follow one another.</summary>
internal static class Separators
{
    /// <summary>The most between two elements: a carriage return and a line feed, or a comma, a line break and what a line is indented by.</summary>
    public const int MaxOfAll = 12;

    private const int MaxLines = 2;

    /// <summary>Between the numbers of a list and the bytes of a dump.</summary>
    public static ReadOnlySpan<byte> OfLists => " \t\r\n,:;-_.|\"'"u8;

    private static readonly SearchValues<byte> Lists = SearchValues.Create(OfLists);

    /// <summary>Those that stand as they are.</summary>
    public static ReadOnlySpan<byte> Of(Breaks breaks) => breaks switch
    {
        Breaks.Lines => "\r\n"u8,
        Breaks.List => OfLists,
        _ => default,
    };

    /// <summary>How many may follow one another.</summary>
    public static int Max(Breaks breaks) => breaks == Breaks.List ? MaxOfAll : MaxLines;

    /// <summary>Whether what is spelled, a byte or a character's code point, is one of them.</summary>
    public static bool Contain(Breaks breaks, int value) => breaks switch
    {
        Breaks.Lines => value is '\r' or '\n',
        Breaks.List => value is >= 0 and <= sbyte.MaxValue && Lists.Contains((byte)value),
        _ => false,
    };
}
