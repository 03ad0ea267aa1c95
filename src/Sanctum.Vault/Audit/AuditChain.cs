using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Sanctum.Crypto;
using Sanctum.Storage;

namespace Sanctum.Audit;

/// <summary>
/// Chains entries and packs them into segments. Entry n's MAC is HMAC-SHA256 over entry n-1's MAC, n, and the entry's bytes; before
/// the first one stands a MAC over the vault's id.
/// </summary>
/// <remarks>
/// A segment, before it is encrypted, is a run of:
/// <code>length (4) | entry (JSON, UTF-8) | MAC (32)</code>
/// Numbers are big-endian. The encryption binds it to the vault, its first entry's number and its count.
/// </remarks>
internal sealed class AuditChain(VaultKeys keys)
{
    public byte[] Genesis()
    {
        var mac = new byte[MacKey.Size];
        keys.AuditChain.Compute("sanctum/audit/genesis"u8, keys.VaultId, mac);
        return mac;
    }

    /// <summary>Packs entries that follow on <paramref name="mac"/>, and moves it to the last one's.</summary>
    public StoredSegment Pack(long first, IReadOnlyList<byte[]> entries, Span<byte> mac)
    {
        var size = 0;
        foreach (var entry in entries)
        {
            size += 4 + entry.Length + MacKey.Size;
        }

        var plain = new byte[size];
        var at = plain.AsSpan();
        for (var i = 0; i < entries.Count; i++)
        {
            var entry = entries[i];
            Next(mac, first + i, entry);
            BinaryPrimitives.WriteInt32BigEndian(at, entry.Length);
            entry.CopyTo(at[4..]);
            mac.CopyTo(at[(4 + entry.Length)..]);
            at = at[(4 + entry.Length + MacKey.Size)..];
        }

        return new StoredSegment(first, entries.Count, keys.AuditLog.Encrypt(plain, Place(first, entries.Count)));
    }

    /// <summary>Opens a segment; each entry with its MAC as stored, still to be checked against the one before.</summary>
    /// <exception cref="VaultException">It is not one that the vault wrote there.</exception>
    public List<ChainedEntry> Unpack(StoredSegment segment) => TryUnpack(segment, out var entries)
        ? entries
        : throw Errors.Damaged(Errors.LogRowDamaged(segment.FirstSequence));

    /// <summary>The same; false when it does not open.</summary>
    public bool TryUnpack(StoredSegment segment, [NotNullWhen(true)] out List<ChainedEntry>? entries)
    {
        entries = null;
        var plain = new byte[Math.Max(0, segment.Data.Length - Envelope.Overhead)];
        if (!keys.AuditLog.TryDecrypt(segment.Data.Span, Place(segment.FirstSequence, segment.Count), plain))
        {
            return false;
        }

        entries = new List<ChainedEntry>(segment.Count);
        var at = plain.AsMemory();
        while (!at.IsEmpty)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(at.Span);
            entries.Add(new ChainedEntry(segment.FirstSequence + entries.Count, at.Slice(4, length), at.Slice(4 + length, MacKey.Size)));
            at = at[(4 + length + MacKey.Size)..];
        }

        return true;
    }

    /// <summary>Moves <paramref name="mac"/> on by one entry.</summary>
    public void Next(Span<byte> mac, long sequence, ReadOnlySpan<byte> entry)
    {
        Span<byte> prefix = stackalloc byte[MacKey.Size + 8];
        mac.CopyTo(prefix);
        BinaryPrimitives.WriteInt64BigEndian(prefix[MacKey.Size..], sequence);
        keys.AuditChain.Compute(prefix, entry, mac);
    }

    private byte[] Place(long first, int count) =>
        Encoding.ASCII.GetBytes($"sanctum/log/v1|{Convert.ToHexString(keys.VaultId)}|{first}|{count}");
}

/// <summary>An entry as it lies in a segment.</summary>
internal readonly record struct ChainedEntry(long Sequence, ReadOnlyMemory<byte> Json, ReadOnlyMemory<byte> Mac);
