using System.Net;
using System.Net.Http;

namespace Sanctum.Egress.Connections;

/// <summary>One request on one connection, and its response. Disposing it gives the connection back, or ends it.</summary>
internal sealed class Exchange(AgentConnections connections, Connection connection, SentMessage message) : IDisposable
{
    private readonly long _receivedBefore = connection.Guard.Received;
    private readonly bool _used = connection.Served > 0 || connection.Users > 1;
    private HttpResponseMessage? _response;
    private bool _whole;

    /// <summary>The response; there once it has been sent.</summary>
    public HttpResponseMessage Response => _response ?? throw new InvalidOperationException("there is no response yet");

    /// <summary>Whether the request was written, in part at least.</summary>
    public bool IsSent => connection.IsShared ? message.IsWritten : connection.Guard.IsAsked;

    /// <summary>Whether there were other requests on this connection before it.</summary>
    public bool IsOnUsedConnection => _used;

    /// <summary>Whether the service has said, in HTTP/2's words, that it has done nothing with it: it refused the stream, or left before it
    /// (RFC 9113, section 8.7).</summary>
    public bool IsRefused { get; private set; }

    /// <summary>Whether the service ended the connection before anything came back on it.</summary>
    public bool HasNoResponse => connection.Guard.HasEnded && IsSilent;

    private bool IsSilent => connection.Guard.Received == _receivedBefore;

    /// <summary>Sends it, and ends when the head of the response is there.</summary>
    public async Task SendAsync(CancellationToken cancellationToken)
    {
        try
        {
            _response = await connection.SendAsync(message, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (IsAboutToBeSentAgain(failure))
        {
            IsRefused = connection.IsShared && IsSent;
            throw;
        }
    }

    /// <summary>To be called when all of the response has been read.</summary>
    public void Complete() => _whole = true;

    public void Dispose()
    {
        var fit = IsFitForAnother();
        _response?.Dispose();
        message.Dispose();
        connections.Return(connection, fit);
    }

    // A body that a service does not read stays on an HTTP/1.1 connection, and begins the next request. And a connection on which nothing has
    // come since this request was sent is given up on: it may be dead, which nobody says.
    private bool IsFitForAnother() => !connection.Guard.IsClosed && !connection.Guard.IsUnheard && (connection.IsShared
        ? _whole || !IsSilent
        : _whole && !message.HasBody && Response.Version >= HttpVersion.Version11 && Response.Headers.ConnectionClose is not true);

    // .NET's client does so for what the protocol says was not processed, and over HTTP/1.1 for what has no body and got no response.
    private static bool IsAboutToBeSentAgain(Exception failure)
    {
        for (var cause = failure; cause is not null; cause = cause.InnerException)
        {
            if (cause is WrittenAgainException or SpentException)
            {
                return true;
            }
        }

        return false;
    }
}
