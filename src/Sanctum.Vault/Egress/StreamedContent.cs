using System.Net;
using System.Net.Http;

namespace Sanctum.Egress;

/// <summary>A <see cref="StreamedBody"/> as .NET's client sends it. Over HTTP/2 the response may begin before it has ended.</summary>
internal sealed class StreamedContent(StreamedBody body) : HttpContent
{
    private Func<Task<bool>>? _isRefused;

    /// <summary>How it is learnt that the service does not want the rest.</summary>
    public void StopWhen(Func<Task<bool>> isRefused) => _isRefused = isRefused;

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
        body.CopyToAsync(stream, _isRefused, cancellationToken);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override bool TryComputeLength(out long length)
    {
        length = body.Length ?? 0;
        return body.Length is not null;
    }
}
