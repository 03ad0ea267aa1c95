using System.Net;
using System.Net.Http;

namespace Sanctum.Egress;

/// <summary>A <see cref="StreamedBody"/> as .NET's client sends it. Over HTTP/2 the response may begin before it has ended.</summary>
internal sealed class StreamedContent(StreamedBody body) : HttpContent
{
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
        body.CopyToAsync(stream, cancellationToken);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override bool TryComputeLength(out long length)
    {
        length = body.Length ?? 0;
        return body.Length is not null;
    }
}
