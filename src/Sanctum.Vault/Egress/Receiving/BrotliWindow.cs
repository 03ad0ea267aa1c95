namespace Sanctum.Egress.Receiving;

/// <summary>How much brotli content asks its decoder to remember: the first bits of it say so (RFC 7932, section 9.1).</summary>
/// <remarks>
/// <code>
/// .......0   16 bits' worth      0000001   17      nnn0001   8 + nnn     .... nnn1   17 + nnn
/// </code>
/// The window has so many bytes less 16. A reserved form, or a large window, the decoder refuses.
/// </remarks>
internal static class BrotliWindow
{
    /// <summary>The window's size in bytes, rounded up to a power of two as decoders have it.</summary>
    public static int SizeOf(byte first)
    {
        if ((first & 1) == 0)
        {
            return 1 << 16;
        }

        var (three, next) = ((first >> 1) & 7, (first >> 4) & 7);
        return three != 0 ? 1 << (17 + three)
            : next == 0 ? 1 << 17
            : 1 << (8 + next);
    }
}
