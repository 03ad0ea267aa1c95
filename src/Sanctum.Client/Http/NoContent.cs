using System.Net;

namespace Sanctum.Client;

/// <summary>
/// Stands for the content of a request that has none. <see cref="SocketsHttpHandler"/> repeats a request without content when an idle connection turns out to be
/// closed, and can't know whether the vault had it. A request whose content has begun is never repeated.
/// </summary>
internal sealed class NoContent : HttpContent
{
    /// <summary>The only one. It has no state.</summary>
    public static readonly NoContent Instance = new();

    // Computed once and kept, so that those who read it at the same time only read.
    private NoContent() => Headers.ContentLength = 0;

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => Task.CompletedTask;

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return true;
    }

    // It is everybody's.
    protected override void Dispose(bool disposing)
    {
    }
}
