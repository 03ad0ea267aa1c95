using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Sanctum.Egress.Scrubbing;

/// <summary>What a byte matches, in the four lanes of <see cref="Lanes"/>: one line of the processor's cache.</summary>
/// <param name="matches">The elements that it matches.</param>
/// <param name="breaks">The elements that it may follow without meaning anything.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct Row(Vector256<ulong> matches, Vector256<ulong> breaks)
{
    public const int Size = 64;

    public readonly Vector256<ulong> Matches = matches;
    public readonly Vector256<ulong> Breaks = breaks;
}
