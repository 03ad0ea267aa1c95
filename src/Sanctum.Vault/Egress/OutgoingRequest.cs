using Sanctum.Destinations;
using Sanctum.Egress.Scrubbing;
using Sanctum.Egress.Sockets;

namespace Sanctum.Egress;

/// <summary>A request that is being made: what the caller asked for, checked, and then the secret where it goes.</summary>
/// <param name="target">Where it goes.</param>
/// <param name="headers">Its headers, checked.</param>
/// <param name="kept">The needles of secrets that were sent lately.</param>
internal sealed class OutgoingRequest(RequestTarget target, IReadOnlyList<KeyValuePair<string, string>> headers, KeptNeedles? kept = null) : IDisposable
{
    /// <summary>What was decided on; never with the secret in it.</summary>
    public RequestTarget Target => target;

    /// <summary>Where it is sent, with the secret in it where it goes into the URL.</summary>
    public RequestUrl Url { get; set; } = target.Url;

    /// <summary>Names and values, all of them checked; without those of a trace, and with no offer to have messages compressed.</summary>
    public List<KeyValuePair<string, string>> Headers { get; } = [.. headers.Where(header => !TraceHeaders.Contains(header.Key)).Select(MessageEncoding.Offered)];

    public ReadOnlyMemory<byte> Body { get; private set; }

    public bool HasBody { get; private set; }

    /// <summary>A body that is read while it is sent; null for one that is in memory.</summary>
    public StreamedBody? Stream { get; set; }

    /// <summary>The body where it had to be known whole; disposed with this.</summary>
    public WholeBody? Whole { get; set; }

    /// <summary>What asks for a WebSocket; null for a request that has a response and no more.</summary>
    public SocketHandshake? Handshake { get; set; }

    /// <summary>What is searched for in a WebSocket's messages before they are sent; disposed with this, or with the socket.</summary>
    public OutgoingSearch? Outgoing { get; set; }

    /// <summary>What must not come back.</summary>
    public Needles Needles { get; } = new(kept);

    /// <summary>Asked right before anything of it is sent: throws where it may not go on.</summary>
    public Action? RequireGoing { get; init; }

    /// <summary>How far it has come.</summary>
    public RequestProgress Progress { get; } = new();

    /// <summary>Takes a body that was read whole.</summary>
    public void TakeBody(WholeBody whole) => (Body, HasBody) = (whole.Bytes, whole.IsThere);

    public void Dispose()
    {
        Needles.Dispose();
        Outgoing?.Dispose();
        Whole?.Dispose();
        Body = default;
    }
}
