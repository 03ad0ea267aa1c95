using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text;
using Sanctum.Crypto;

namespace Sanctum.Egress.Scrubbing;

/// <summary>One secret in its seven <see cref="Form"/>s, and what a <see cref="Spotter"/> needs to see the end of any of them.</summary>
/// <remarks>
/// Each form has a lane of 32 bits: one for each of its last 32 elements, the last of them highest, or for all if there are fewer. The table
/// says for each byte which of these elements it matches.
/// </remarks>
internal sealed class Needle : IDisposable
{
    private const int LaneBits = 32;

    private readonly SecretBytes _table = new(256 * Vector256<byte>.Count);

    public Needle(ReadOnlySpan<byte> secret)
    {
        using var hex = new SecretBytes(2 * secret.Length);
        Convert.TryToHexStringLower(secret, hex.Writable, out _);
        using var utf16 = new SecretBytes(2 * secret.Length);
        var utf16Length = WriteUtf16(secret, utf16.Writable);
        var littleEndian = new Form(utf16.Span[..utf16Length]);
        SwapBytes(utf16.Writable);
        var bigEndian = new Form(utf16.Span[..utf16Length]);
        Forms = [new Form(secret), new Form(hex.Span), littleEndian, bigEndian, new Form(secret, 0), new Form(secret, 1), new Form(secret, 2)];

        for (var lane = 0; lane < Forms.Count; lane++)
        {
            Last = Last.WithElement(lane, 1u << (Math.Min(Forms[lane].Length, LaneBits) - 1));
            Breakable = Breakable.WithElement(lane, Forms[lane].MayBreak ? uint.MaxValue : 0);
        }

        FillTable();
    }

    public IReadOnlyList<Form> Forms { get; }

    /// <summary>For each byte, the elements that it matches. A plus sign is also a space.</summary>
    public ReadOnlySpan<Vector256<uint>> Table => MemoryMarshal.Cast<byte, Vector256<uint>>(_table.Span);

    /// <summary>The bit of each form's last element.</summary>
    public Vector256<uint> Last { get; }

    /// <summary>All bits of the forms that may have line breaks within.</summary>
    public Vector256<uint> Breakable { get; }

    public void Dispose()
    {
        _table.Dispose();
        foreach (var form in Forms)
        {
            form.Dispose();
        }
    }

    // What is not UTF-8 is taken for Latin-1, byte by byte.
    private static int WriteUtf16(ReadOnlySpan<byte> secret, Span<byte> littleEndian)
    {
        var written = 0;
        Span<char> units = stackalloc char[2];
        while (!secret.IsEmpty)
        {
            var isUtf8 = Rune.DecodeFromUtf8(secret, out var rune, out var size) == System.Buffers.OperationStatus.Done;
            var count = (isUtf8 ? rune : new Rune(secret[0])).EncodeToUtf16(units);
            foreach (var unit in units[..count])
            {
                BinaryPrimitives.WriteUInt16LittleEndian(littleEndian[written..], unit);
                written += sizeof(char);
            }

            secret = secret[(isUtf8 ? size : 1)..];
        }

        units.Clear();
        return written;
    }

    private static void SwapBytes(Span<byte> utf16)
    {
        var units = MemoryMarshal.Cast<byte, ushort>(utf16);
        BinaryPrimitives.ReverseEndianness(units, units);
    }

    private void FillTable()
    {
        var lanes = MemoryMarshal.Cast<byte, uint>(_table.Writable);
        Span<byte> spellings = stackalloc byte[byte.MaxValue + 1];
        for (var lane = 0; lane < Forms.Count; lane++)
        {
            var form = Forms[lane];
            var first = Math.Max(0, form.Length - LaneBits);
            for (var i = first; i < form.Length; i++)
            {
                foreach (var value in spellings[..form.Spellings(i, spellings)])
                {
                    lanes[(value * Vector256<uint>.Count) + lane] |= 1u << (i - first);
                }
            }
        }

        spellings.Clear();
        var rows = MemoryMarshal.Cast<byte, Vector256<uint>>(_table.Writable);
        rows['+'] |= rows[' '];
    }
}
