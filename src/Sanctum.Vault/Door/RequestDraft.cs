using Sanctum.Destinations;
using Sanctum.Egress;

namespace Sanctum.Door;

/// <summary>A request that was granted, before the secret is in it.</summary>
internal sealed record RequestDraft
{
    /// <summary>What was decided on.</summary>
    public required RequestTarget Target { get; init; }

    /// <summary>Its headers, as the agent sent them.</summary>
    public required IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; }

    /// <summary>How the secret is put in, where the operator left it open; null for the usual way.</summary>
    public string? HeaderType { get; init; }

    /// <summary>The header, where <see cref="HeaderType"/> is <c>custom</c>.</summary>
    public string? HeaderName { get; init; }

    /// <summary>What the policies that grant it limit.</summary>
    public required GrantedLimits Limits { get; init; }

    /// <summary>Takes the body where it has to be known whole.</summary>
    public required WholeBody Whole { get; init; }

    /// <summary>The body where it came with the call; null for <see cref="Content"/>.</summary>
    public RequestBody? Given { get; init; }

    /// <summary>The body where it is read while it is sent; null for none.</summary>
    public Stream? Content { get; init; }

    /// <summary>How long <see cref="Content"/> is, in bytes; null when nobody knows.</summary>
    public long? ContentLength { get; init; }

    /// <summary>Whether it asks for a WebSocket.</summary>
    public bool IsForSocket { get; init; }

    /// <summary>The run that it belongs to; null for none.</summary>
    public Run? Run { get; init; }
}
