using Sanctum.Egress.Scrubbing;

namespace Sanctum.Egress;

/// <summary>A request that is being made: what the caller asked for, checked, and then the secret where it goes.</summary>
internal sealed class OutgoingRequest(RequestTarget target, IReadOnlyList<KeyValuePair<string, string>> headers, ReadOnlyMemory<byte> body, bool hasBody)
    : IDisposable
{
    /// <summary>What was decided on; never with the secret in it.</summary>
    public RequestTarget Target => target;

    /// <summary>Where it is sent, with the secret in it where it goes into the URL.</summary>
    public RequestUrl Url { get; set; } = target.Url;

    /// <summary>Names and values, all of them checked.</summary>
    public List<KeyValuePair<string, string>> Headers { get; } = [.. headers];

    public ReadOnlyMemory<byte> Body => body;

    public bool HasBody => hasBody;

    /// <summary>What must not come back.</summary>
    public Needles Needles { get; } = new();

    public void Dispose() => Needles.Dispose();
}
