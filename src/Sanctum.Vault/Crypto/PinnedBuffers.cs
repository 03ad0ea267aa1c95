using System.Numerics;
using System.Security.Cryptography;

namespace Sanctum.Crypto;

/// <summary>
/// Pinned arrays, used again. A new one costs more than all else that is done with a short secret, and only
/// the longest garbage collections free it. They are zeroed before they come here, and here is nothing but zeroes.
/// </summary>
internal static class PinnedBuffers
{
    private const int Smallest = 32;
    private const int Largest = 32 * 1024;

    // What those that all share have above a power of two: a table that has to begin at a line of the cache does not take twice as much.
    private const int Slack = 64;

    // A thread's own: small ones are on every call's way, and nobody waits for another.
    private const int LargestOfThread = 1024;
    private const int KeptByThread = 8;

    // Everybody's, of each size: what one thread takes is often returned by another.
    private const int BytesKeptByAll = 1024 * 1024;

    [ThreadStatic]
    private static Stack<byte[]>[]? _ofThread;

    private static readonly Stack<byte[]>[] OfAll = Stacks(Largest);

    /// <summary>An array of zeroes, at least this long.</summary>
    public static byte[] Take(int length)
    {
        if (length > Largest + Slack)
        {
            return GC.AllocateArray<byte>(length, pinned: true);
        }

        var size = SizeOf(length);
        if (size <= LargestOfThread && OfThread(size).TryPop(out var own))
        {
            return own;
        }

        var all = OfAll[IndexOf(size)];
        lock (all)
        {
            if (all.TryPop(out var kept))
            {
                return kept;
            }
        }

        return GC.AllocateArray<byte>(size, pinned: true);
    }

    /// <summary>Zeroes an array, and keeps it for the next if there is room.</summary>
    public static void Return(byte[] array)
    {
        CryptographicOperations.ZeroMemory(array);
        var size = array.Length;
        if (size <= LargestOfThread && OfThread(size) is { Count: < KeptByThread } own)
        {
            own.Push(array);
        }
        else if (size <= Largest + Slack)
        {
            var all = OfAll[IndexOf(size)];
            lock (all)
            {
                if (all.Count < BytesKeptByAll / size)
                {
                    all.Push(array);
                }
            }
        }
    }

    private static int SizeOf(int length) => length <= LargestOfThread
        ? Math.Max(Smallest, (int)BitOperations.RoundUpToPowerOf2((uint)length))
        : (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(length - Slack, LargestOfThread + 1)) + Slack;

    private static Stack<byte[]> OfThread(int size) => (_ofThread ??= Stacks(LargestOfThread))[IndexOf(size)];

    private static int IndexOf(int size) => BitOperations.Log2((uint)(size / Smallest));

    private static Stack<byte[]>[] Stacks(int largest) => [.. Enumerable.Range(0, IndexOf(largest) + 1).Select(_ => new Stack<byte[]>())];
}
