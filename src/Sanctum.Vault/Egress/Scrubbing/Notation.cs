using System.Globalization;
using System.Text;

namespace Sanctum.Egress.Scrubbing;

/// <summary>A way to write bytes as numbers, one after another.</summary>
internal sealed class Notation
{
    private readonly byte[][] _numbers;

    private Notation(Func<int, string> write) => _numbers = [.. Enumerable.Range(0, 256).Select(value => Encoding.ASCII.GetBytes(write(value)))];

    /// <summary><c>736563</c>, <c>73:65:63</c></summary>
    public static Notation Hex { get; } = new(value => $"{value:x2}");

    /// <summary><c>0x73, 0x65, 0x63</c></summary>
    public static Notation PrefixedHex { get; } = new(value => $"0x{value:x2}");

    /// <summary><c>115, 101, 99</c></summary>
    public static Notation Decimal { get; } = new(value => value.ToString(CultureInfo.InvariantCulture));

    /// <summary><c>-61, -92</c>, as Java has bytes.</summary>
    public static Notation SignedDecimal { get; } = new(value => ((sbyte)value).ToString(CultureInfo.InvariantCulture));

    /// <summary><c>163 145 143</c></summary>
    public static Notation Octal { get; } = new(value => Convert.ToString(value, 8).PadLeft(3, '0'));

    /// <summary>The number that a byte is written as.</summary>
    public ReadOnlySpan<byte> this[byte value] => _numbers[value];

    /// <summary>How long all of it is.</summary>
    public int LengthOf(ReadOnlySpan<byte> bytes)
    {
        var length = 0;
        foreach (var value in bytes)
        {
            length += _numbers[value].Length;
        }

        return length;
    }
}
