namespace Sanctum.Upstream;

/// <summary>Content that a test can make for itself, to compare with what came.</summary>
public static class Filler
{
    /// <summary>Bytes of every value, in an order that repeats only after 64 KiB; not UTF-8.</summary>
    /// <param name="count">How many.</param>
    /// <param name="start">The index of the first in the whole.</param>
    public static byte[] Bytes(int count, long start = 0) => Make(count, start, index => (byte)(index ^ (index >> 8) * 7));

    /// <summary>Letters, over and over from <c>a</c> to <c>z</c>.</summary>
    /// <inheritdoc cref="Bytes" path="/param"/>
    public static byte[] Text(int count, long start = 0) => Make(count, start, index => (byte)('a' + index % 26));

    private static byte[] Make(int count, long start, Func<long, byte> at)
    {
        var bytes = new byte[count];
        for (var i = 0; i < count; i++)
        {
            bytes[i] = at(start + i);
        }

        return bytes;
    }
}
