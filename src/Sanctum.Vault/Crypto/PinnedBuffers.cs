using System.Numerics;
using System.Security.Cryptography;

namespace Sanctum.Crypto;

/// <summary>
/// Small pinned arrays, used again: making one costs more than all else that is done with a short secret. They are zeroed before
/// they come here, and here is nothing but zeroes. Each thread has a few of its own, so that none waits for another.
/// </summary>
internal static class PinnedBuffers
{
    private const int Smallest = 32;
    private const int Largest = 1024;
    private const int KeptOfEach = 8;

    [ThreadStatic]
    private static Stack<byte[]>[]? _kept;

    /// <summary>An array of zeroes, at least this long.</summary>
    public static byte[] Take(int length)
    {
        if (length > Largest)
        {
            return GC.AllocateArray<byte>(length, pinned: true);
        }

        var size = Math.Max(Smallest, (int)BitOperations.RoundUpToPowerOf2((uint)length));
        return Of(size).TryPop(out var kept) ? kept : GC.AllocateArray<byte>(size, pinned: true);
    }

    /// <summary>Zeroes an array, and keeps it for the next if there is room.</summary>
    public static void Return(byte[] array)
    {
        CryptographicOperations.ZeroMemory(array);
        if (array.Length <= Largest && Of(array.Length) is { Count: < KeptOfEach } kept)
        {
            kept.Push(array);
        }
    }

    private static Stack<byte[]> Of(int size)
    {
        var kept = _kept ??= [.. Enumerable.Range(0, BitOperations.Log2(Largest / Smallest) + 1).Select(_ => new Stack<byte[]>(KeptOfEach))];
        return kept[BitOperations.Log2((uint)size / Smallest)];
    }
}
