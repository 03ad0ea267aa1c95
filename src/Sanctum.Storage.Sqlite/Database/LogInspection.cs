using System.Buffers.Binary;
using System.Numerics;

namespace Sanctum.Storage.Sqlite.Database;

/// <summary>
/// Tells a write-ahead log that was cut short by a crash from one that was damaged later. SQLite reads a log up to the first frame whose
/// checksum fails and silently drops the rest; damage in the middle would take acknowledged commits with it.
/// </summary>
/// <remarks>
/// The format is https://www.sqlite.org/fileformat2.html#the_write_ahead_log:
/// <code>
/// header  magic:4 version:4 page-size:4 checkpoint:4 salts:8 checksum:8
/// frame   page:4 size-after-commit:4 salts:8 checksum:8, then the page
/// </code>
/// A commit is synced before the next one begins, so a crash spoils at most the last commit. Two commit frames of this log's salts behind the
/// first bad checksum were both acknowledged. (Damage to the very last commit can't be told from a crash.)
/// </remarks>
internal static class LogInspection
{
    private const int HeaderLength = 32, FrameHeaderLength = 24;
    private const uint SmallestPage = 512, LargestPage = 65536;

    public static void Run(string database)
    {
        var path = database + "-wal";
        if (!File.Exists(path))
        {
            return;
        }

        using var log = new FileStream(path, new FileStreamOptions { Access = FileAccess.Read, Share = FileShare.ReadWrite, BufferSize = 1 << 20 });
        Span<byte> header = stackalloc byte[HeaderLength];

        // A power cut can leave a new log with its length and without its bytes.
        if (log.ReadAtLeast(header, HeaderLength, throwOnEndOfStream: false) < HeaderLength || !header.ContainsAnyExcept((byte)0))
        {
            return;
        }

        var sum = new Checksum(bigEndian: (header[3] & 1) == 1);
        sum.Add(header[..24]);
        if (!sum.Matches(header[24..]))
        {
            throw StoreErrors.Broken("its write-ahead log's header was changed");
        }

        // The checksum has no key: whoever wrote the header could have written any size.
        // SQLite would read a log of another page size than the database's as an empty one.
        var pageSize = BinaryPrimitives.ReadUInt32BigEndian(header[8..]);
        if (pageSize is < SmallestPage or > LargestPage || !BitOperations.IsPow2(pageSize) || PageSizeOf(database) is { } size && size != pageSize)
        {
            throw StoreErrors.Broken("its write-ahead log has pages of another size");
        }

        if (CommitsBehindTheEnd(log, (int)pageSize, header[16..24], sum) > 1)
        {
            throw StoreErrors.Broken("its write-ahead log was changed");
        }
    }

    // At 16 of the database's header, in two bytes; 65536, which does not fit, is 1. Null where there is no header yet.
    private static uint? PageSizeOf(string database)
    {
        using var file = new FileStream(database, new FileStreamOptions { Access = FileAccess.Read, Share = FileShare.ReadWrite, BufferSize = 0 });
        Span<byte> header = stackalloc byte[18];
        return file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) < header.Length ? null
            : BinaryPrimitives.ReadUInt16BigEndian(header[16..]) is var size && size == 1 ? LargestPage
            : size;
    }

    private static int CommitsBehindTheEnd(FileStream log, int pageSize, ReadOnlySpan<byte> salts, Checksum sum)
    {
        var frame = new byte[FrameHeaderLength + pageSize];
        var (ended, lost) = (false, 0);
        while (log.ReadAtLeast(frame, frame.Length, throwOnEndOfStream: false) == frame.Length)
        {
            var ours = frame.AsSpan(8, 8).SequenceEqual(salts);
            if (!ended)
            {
                sum.Add(frame.AsSpan(0, 8));
                sum.Add(frame.AsSpan(FrameHeaderLength));
                ended = !ours || !sum.Matches(frame.AsSpan(16, 8));
            }

            // Frames from before the log was last restarted have other salts.
            if (ended && ours && BinaryPrimitives.ReadInt32BigEndian(frame.AsSpan(4)) != 0)
            {
                lost++;
            }
        }

        return lost;
    }

    private struct Checksum(bool bigEndian)
    {
        private uint _first, _second;

        public void Add(ReadOnlySpan<byte> data)
        {
            for (; data.Length >= 8; data = data[8..])
            {
                _first += Word(data) + _second;
                _second += Word(data[4..]) + _first;
            }
        }

        // Stored big-endian, whichever way the words were added up.
        public readonly bool Matches(ReadOnlySpan<byte> stored) =>
            _first == BinaryPrimitives.ReadUInt32BigEndian(stored) && _second == BinaryPrimitives.ReadUInt32BigEndian(stored[4..]);

        private readonly uint Word(ReadOnlySpan<byte> data) =>
            bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(data) : BinaryPrimitives.ReadUInt32LittleEndian(data);
    }
}
