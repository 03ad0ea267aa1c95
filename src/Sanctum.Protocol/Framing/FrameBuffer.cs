using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Sanctum.Protocol.Framing;

/// <summary>
/// A growing buffer that one frame at a time is written into. Frames carry secrets, so whatever it held is zeroed
/// when it grows, when it is reset and when it is disposed.
/// </summary>
public sealed class FrameBuffer : IBufferWriter<byte>, IDisposable
{
    // A buffer that once held a large frame is not kept: idle connections should cost little.
    private const int Keep = 8 * 1024;

    private byte[] _bytes = GC.AllocateUninitializedArray<byte>(1024, pinned: true);
    private int _length = FrameLimits.Prefix;

    /// <summary>The payload's length so far, in bytes.</summary>
    public int PayloadLength => _length - FrameLimits.Prefix;

    /// <summary>The whole frame: its length, then its payload. Valid until the next write or reset.</summary>
    public ReadOnlyMemory<byte> Frame
    {
        get
        {
            BinaryPrimitives.WriteInt32BigEndian(_bytes, PayloadLength);
            return _bytes.AsMemory(0, _length);
        }
    }

    /// <summary>Zeroes what was written and starts another frame.</summary>
    public void Reset()
    {
        CryptographicOperations.ZeroMemory(_bytes.AsSpan(0, _length));
        _length = FrameLimits.Prefix;
        if (_bytes.Length > Keep)
        {
            _bytes = GC.AllocateUninitializedArray<byte>(1024, pinned: true);
        }
    }

    /// <inheritdoc/>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _bytes.Length - _length);
        _length += count;
    }

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsMemory(_length);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsSpan(_length);
    }

    /// <inheritdoc/>
    public void Dispose() => CryptographicOperations.ZeroMemory(_bytes);

    private void Reserve(int sizeHint)
    {
        var needed = _length + Math.Max(sizeHint, 1);
        if (needed <= _bytes.Length)
        {
            return;
        }

        var larger = GC.AllocateUninitializedArray<byte>(Math.Max(needed, _bytes.Length * 2), pinned: true);
        _bytes.AsSpan(0, _length).CopyTo(larger);
        CryptographicOperations.ZeroMemory(_bytes);
        _bytes = larger;
    }
}
