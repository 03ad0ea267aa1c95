using System.Net;
using Sanctum.Cli.AgentSide;
using Sanctum.Cli.CommandLine;

namespace Sanctum.Cli.Requests;

/// <summary>A large body: its beginning, which has been read, and the rest, which is read while it is sent.</summary>
internal sealed class GivenContent : HttpContent
{
    private const int PieceSize = 64 * 1024;

    private readonly ReadOnlyMemory<byte> _begun;
    private readonly Stream _rest;
    private readonly long? _length;

    private GivenContent(ReadOnlyMemory<byte> begun, Stream rest)
    {
        (_begun, _rest) = (begun, rest);
        _length = rest.CanSeek ? Math.Max(rest.Length, begun.Length) : null;
    }

    /// <summary>
    /// Takes a stream over. What ends within <see cref="GivenData.Longest"/> is sent with its length, since some services take nothing else. A larger file has its
    /// length too; that of a larger pipe nobody knows.
    /// </summary>
    /// <param name="stream">The body. It is disposed with the content.</param>
    public static HttpContent Of(Stream stream)
    {
        try
        {
            var begun = new MemoryStream();
            var piece = new byte[PieceSize];
            for (int read; (read = stream.Read(piece, 0, PieceSize)) > 0;)
            {
                begun.Write(piece, 0, read);
                if (begun.Length > GivenData.Longest)
                {
                    return new GivenContent(begun.GetBuffer().AsMemory(0, (int)begun.Length), stream);
                }
            }

            stream.Dispose();
            return new ByteArrayContent(begun.GetBuffer(), 0, (int)begun.Length);
        }
        catch (IOException e)
        {
            stream.Dispose();
            throw CliErrors.UnusableFile(e);
        }
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(_begun, cancellationToken).ConfigureAwait(false);
        await _rest.CopyToAsync(stream, PieceSize, cancellationToken).ConfigureAwait(false);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _length ?? 0;
        return _length is not null;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _rest.Dispose();
        }

        base.Dispose(disposing);
    }
}
