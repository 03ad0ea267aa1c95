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
        if (received.Length < FrameLimits.Prefix)
        {
            return false;
        }

        Span<byte> prefix = stackalloc byte[FrameLimits.Prefix];
        received.Slice(0, FrameLimits.Prefix).CopyTo(prefix);
        var length = BinaryPrimitives.ReadUInt32BigEndian(prefix);
        if (length == 0)
        {
            throw new FrameException("a frame of 0 bytes holds no message");
        }

        if (length > (uint)maximum)
        {
            throw new FrameException($"a frame of {length} bytes is over the limit of {maximum}");
        }

        if (received.Length - FrameLimits.Prefix < length)
        {
            return false;
        }

        payload = received.Slice(FrameLimits.Prefix, length);
        received = received.Slice(FrameLimits.Prefix + (long)length);
        return true;
    }
}
