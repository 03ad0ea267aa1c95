namespace Sanctum.Egress.Connections;

/// <summary>
/// Counts the frames of HTTP/2 that ask for an acknowledgement: pings and settings (RFC 9113, sections 6.5 and 6.7). .NET's client has one ready for each, without limit. A service that
/// sends them and reads nothing would fill the memory (CVE-2019-9512, CVE-2019-9515).
/// </summary>
/// <remarks>A frame begins with nine bytes: its length in three, its kind, its flags, and the number of its stream in four.</remarks>
internal sealed class Unacknowledged
{
    /// <summary>How many there may be since something was last written. Honest services have one or two.</summary>
    public const int Most = 1000;

    private const int HeadLength = 9;
    private const byte Settings = 4;
    private const byte Ping = 6;
    private const byte IsAcknowledgement = 1;

    // Of a frame's head what has come, and how much of a frame is still to come after it.
    private readonly byte[] _head = new byte[HeadLength];
    private int _headLength;
    private int _left;
    private int _count;

    /// <summary>Takes what was read. For one reader at a time.</summary>
    /// <exception cref="UnreadException">There are too many.</exception>
    public void Read(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_left == 0)
            {
                var part = Math.Min(HeadLength - _headLength, bytes.Length);
                bytes[..part].CopyTo(_head.AsSpan(_headLength));
                _headLength += part;
                bytes = bytes[part..];
                if (_headLength < HeadLength)
                {
                    return;
                }

                (_headLength, _left) = (0, (_head[0] << 16) | (_head[1] << 8) | _head[2]);
                Count();
            }

            var skipped = Math.Min(_left, bytes.Length);
            _left -= skipped;
            bytes = bytes[skipped..];
        }
    }

    /// <summary>Something was written, and what was ready before it with it.</summary>
    public void Written() => Volatile.Write(ref _count, 0);

    private void Count()
    {
        if (_head[3] is Settings or Ping && (_head[4] & IsAcknowledgement) == 0 && Interlocked.Increment(ref _count) > Most)
        {
            throw new UnreadException();
        }
    }
}

/// <summary>A service sent frames to be acknowledged over and over, and did not read what was sent to it.</summary>
internal sealed class UnreadException() : IOException("the service reads nothing of what it asks for");
