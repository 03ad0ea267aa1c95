using System.Buffers;
using System.Buffers.Binary;

namespace Sanctum.Protocol.Framing;

/// <summary>Cuts a byte stream into frames: a 4-byte big-endian length, then as many bytes of JSON.</summary>
public static class FrameReader
{
    /// <summary>Takes the next whole frame off the front of what has been received.</summary>
    /// <param name="received">What has been received; on success, moved past the frame.</param>
    /// <param name="maximum">The longest payload to accept, in bytes.</param>
    /// <param name="payload">The frame's payload, without its length: a view of <paramref name="received"/>.</param>
    /// <returns>False when the frame is not complete yet.</returns>
    /// <exception cref="FrameException">The length is zero or above <paramref name="maximum"/>. It is thrown as soon as the
    /// length is there, before anything is allocated for the payload.</exception>
    public static bool TryRead(ref ReadOnlySequence<byte> received, int maximum, out ReadOnlySequence<byte> payload)
    {
        payload = default;
        if (!TryReadLength(received, maximum, out var length) || received.Length - FrameLimits.Prefix < length)
        {
            return false;
        }

        payload = received.Slice(FrameLimits.Prefix, length);
        received = received.Slice(FrameLimits.Prefix + (long)length);
        return true;
    }

    /// <summary>Reads how long the next frame's payload is.</summary>
    /// <param name="received">What has been received; it is not moved.</param>
    /// <param name="maximum">The longest payload to accept, in bytes.</param>
    /// <param name="length">The payload's length, in bytes.</param>
    /// <returns>False when not even the length is there yet.</returns>
    /// <exception cref="FrameException">The length is zero or above <paramref name="maximum"/>.</exception>
    public static bool TryReadLength(in ReadOnlySequence<byte> received, int maximum, out int length)
    {
        length = 0;
        if (received.Length < FrameLimits.Prefix)
        {
            return false;
        }

        Span<byte> prefix = stackalloc byte[FrameLimits.Prefix];
        received.Slice(0, FrameLimits.Prefix).CopyTo(prefix);
        var claimed = BinaryPrimitives.ReadUInt32BigEndian(prefix);
        if (claimed == 0)
        {
            throw new FrameException("a frame of 0 bytes holds no message");
        }

        if (claimed > (uint)maximum)
        {
            throw new FrameException($"a frame of {claimed} bytes is over the limit of {maximum}");
        }

        length = (int)claimed;
        return true;
    }
}
