using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;

namespace Sanctum.Egress.Receiving;

/// <summary>
/// The coding <c>gzip</c> (RFC 1952): one member, or several one after the other (section 2.2). Each is decoded to its end and checked, and nothing may
/// lie between them or after them. .NET's own stream takes content that breaks off for content that ended, and drops what comes after a member.
/// </summary>
/// <remarks>
/// <code>1F 8B 08 | flags | time (4) | 2 | extra? | name? | comment? | check sum of these (2)? | data | check sum (4) | length (4)</code>
/// Content that is cut between two members is whole as far as gzip can tell; that nothing is missing then is known from the response's framing.
/// </remarks>
internal sealed class GzipMembers(Stream content) : ReadOnlyStream
{
    // A member of nothing has twenty bytes and counts towards no limit of size. Who sends many has parts of 64 KiB (BGZF).
    private const int MaxMembers = 8192;

    // Name and comment of one member, together; they have no limit in RFC 1952, and nobody's name is as long.
    private const int MaxTexts = 64 * 1024;

    private const int FixedHeader = 10;
    private const byte HasHeaderSum = 2, HasExtra = 4, HasName = 8, HasComment = 16, Reserved = 0xE0;

    private readonly GzipSource _source = new(content);
    private readonly Crc32 _header = new();
    private readonly Crc32 _sum = new();
    private DeflateStream? _data;
    private uint _length;
    private int _members;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!buffer.IsEmpty && (_data is not null || await BeginAsync(cancellationToken).ConfigureAwait(false)))
        {
            var count = await _data!.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            if (count > 0)
            {
                _sum.Append(buffer.Span[..count]);
                _length += (uint)count;
                return count;
            }

            await EndAsync(cancellationToken).ConfigureAwait(false);
        }

        return 0;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _data?.Dispose();
            _source.Dispose();
        }

        base.Dispose(disposing);
    }

    private async ValueTask<bool> BeginAsync(CancellationToken cancellationToken)
    {
        if (await _source.IsAtEndAsync(cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        _header.Reset();
        _sum.Reset();
        _length = 0;
        var start = await HeaderAsync(FixedHeader, cancellationToken).ConfigureAwait(false);
        var flags = start.Span[3];
        Require(start.Span.StartsWith(GzipSource.Magic) && (flags & Reserved) == 0 && ++_members <= MaxMembers);
        if ((flags & HasExtra) != 0)
        {
            var length = BinaryPrimitives.ReadUInt16LittleEndian((await HeaderAsync(2, cancellationToken).ConfigureAwait(false)).Span);
            await _source.SkipAsync(length, _header, cancellationToken).ConfigureAwait(false);
        }

        var room = MaxTexts;
        foreach (var isThere in (bool[])[(flags & HasName) != 0, (flags & HasComment) != 0])
        {
            room -= isThere ? await _source.SkipTextAsync(room, _header, cancellationToken).ConfigureAwait(false) : 0;
        }

        if ((flags & HasHeaderSum) != 0)
        {
            var sum = (ushort)_header.GetCurrentHashAsUInt32();
            Require(BinaryPrimitives.ReadUInt16LittleEndian((await _source.TakeAsync(2, cancellationToken).ConfigureAwait(false)).Span) == sum);
        }

        _data = new DeflateStream(_source, CompressionMode.Decompress, leaveOpen: true);
        return true;
    }

    private async ValueTask EndAsync(CancellationToken cancellationToken)
    {
        await _data!.DisposeAsync().ConfigureAwait(false);
        _data = null;
        var trailer = await _source.TakeAsync(GzipSource.Trailer, cancellationToken).ConfigureAwait(false);
        Require(BinaryPrimitives.ReadUInt32LittleEndian(trailer.Span) == _sum.GetCurrentHashAsUInt32() && BinaryPrimitives.ReadUInt32LittleEndian(trailer.Span[4..]) == _length);
    }

    private async ValueTask<ReadOnlyMemory<byte>> HeaderAsync(int count, CancellationToken cancellationToken)
    {
        var bytes = await _source.TakeAsync(count, cancellationToken).ConfigureAwait(false);
        _header.Append(bytes.Span);
        return bytes;
    }

    private static void Require(bool holds)
    {
        if (!holds)
        {
            throw new InvalidDataException("the content is not gzip, or is truncated");
        }
    }
}
