using System.IO.Compression;

namespace Sanctum.Egress.Receiving;

/// <summary>
/// The coding <c>deflate</c>: zlib's format by the book (RFC 9110, section 8.4.1.2), and bare deflate from servers that read its name
/// literally. The first two bytes tell which.
/// </summary>
internal sealed class DeflateSniffingStream(Stream content) : ReadOnlyStream
{
    private Stream? _decoded;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _decoded ??= await OpenAsync(cancellationToken).ConfigureAwait(false);
        return await _decoded.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            (_decoded ?? content).Dispose();
        }

        base.Dispose(disposing);
    }

    private async ValueTask<Stream> OpenAsync(CancellationToken cancellationToken)
    {
        var head = new byte[2];
        var length = await content.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        var whole = new WatchedStream(new PrefixedStream(head.AsMemory(0, length), content));

        // RFC 1950, section 2.2: method 8, and a header that is a multiple of 31.
        Stream decoded = length == head.Length && (head[0] & 0x0F) == 8 && ((head[0] << 8) + head[1]) % 31 == 0
            ? new ZLibStream(whole, CompressionMode.Decompress)
            : new DeflateStream(whole, CompressionMode.Decompress);

        // The last block says that it is the last; a decoder that asks for more has not seen it.
        return new WholeStream(decoded, () => whole.Count == 0 || !whole.SawEnd);
    }
}
