using System.Numerics;
using System.Security.Cryptography;

namespace Sanctum.Crypto;

/// <summary>
/// Pinned arrays, used again: making one costs more than all else that is done with a short secret, and pinned garbage is only found by
/// the collections that stop everybody the longest. They are zeroed before they come here, and here is nothing but zeroes.
/// </summary>
internal static class PinnedBuffers
{
    private const int Smallest = 32;
    private const int LargestOfThread = 1024;
    private const int Largest = 32 * 1024;
    private const int KeptByThread = 8;
    private const int KeptByAll = 32;

    // Small ones are on every call's way: each thread has a few of its own, so that none waits for another.
    [ThreadStatic]
    private static Stack<byte[]>[]? _ofThread;

    // Large ones are taken by one thread and returned by another, and what each would keep would add up.
    private static readonly Stack<byte[]>[] OfAll = Stacks(LargestOfThread * 2, Largest, KeptByAll);

    /// <summary>An array of zeroes, at least this long.</summary>
    public static byte[] Take(int length)
    {
        if (length > Largest)
        {
            return GC.AllocateArray<byte>(length, pinned: true);
        }

        var size = Math.Max(Smallest, (int)BitOperations.RoundUpToPowerOf2((uint)length));
        return TryTake(size) ?? GC.AllocateArray<byte>(size, pinned: true);
    }

    /// <summary>Zeroes an array, and keeps it for the next if there is room.</summary>
    public static void Return(byte[] array)
    {
        CryptographicOperations.ZeroMemory(array);
        if (array.Length <= LargestOfThread)
        {
            Keep(OfThread(array.Length), array, KeptByThread);
        }
        else if (array.Length <= Largest)
        {
            var kept = OfSize(array.Length);
            lock (kept)
            {
                Keep(kept, array, KeptByAll);
            }
        }
    }

    private static byte[]? TryTake(int size)
    {
        if (size <= LargestOfThread)
        {
            return OfThread(size).TryPop(out var own) ? own : null;
        }

        var kept = OfSize(size);
        lock (kept)
        {
            return kept.TryPop(out var array) ? array : null;
        }
    }

    private static void Keep(Stack<byte[]> kept, byte[] array, int most)
    {
        if (kept.Count < most)
        {
            kept.Push(array);
        }
    }

    private static Stack<byte[]> OfThread(int size) =>
        (_ofThread ??= Stacks(Smallest, LargestOfThread, KeptByThread))[BitOperations.Log2((uint)(size / Smallest))];

    private static Stack<byte[]> OfSize(int size) => OfAll[BitOperations.Log2((uint)(size / (LargestOfThread * 2)))];

    private static Stack<byte[]>[] Stacks(int smallest, int largest, int most) =>
        [.. Enumerable.Range(0, BitOperations.Log2((uint)(largest / smallest)) + 1).Select(_ => new Stack<byte[]>(most))];
}
