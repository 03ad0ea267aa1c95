using Sanctum.Credentials;

namespace Sanctum.Door;

/// <summary>A request that an agent wants sent with a credential, whatever way it came in.</summary>
public sealed class HttpCall
{
    /// <summary>The credential; null for the one that a placeholder names, or that is bound to the request's host.</summary>
    public CredentialPath? Path { get; init; }

    /// <summary>How the secret is put in, such as <c>bearer</c>, where the operator left it open; null for the usual way. Only with <see cref="Path"/>.</summary>
    public string? HeaderType { get; init; }

    /// <summary>The header, where <see cref="HeaderType"/> is <c>custom</c>.</summary>
    public string? HeaderName { get; init; }

    /// <summary>The method, in capitals, such as <c>GET</c>.</summary>
    public required string Method { get; init; }

    /// <summary>
    /// The URL with scheme and host, sent byte for byte, such as <c>https://api.example.com/v1/items?page=2</c>. By a <see cref="Lease"/>, what follows the lease
    /// in its base URL, from the slash on.
    /// </summary>
    public required string Url { get; init; }

    /// <summary>The headers, in their order, with names as they were sent. Not those about the connection, and no <c>Host</c> or <c>Content-Length</c>.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>The body, which is read while it is sent; null for none. It stays the caller's.</summary>
    public Stream? Body { get; init; }

    /// <summary>How long the body is, in bytes; null when nobody knows.</summary>
    public long? BodyLength { get; init; }

    /// <summary>Whether it asks for a WebSocket: a GET without a body, whose URL is of <c>http</c> or <c>https</c>. Default: false.</summary>
    public bool IsForSocket { get; init; }

    /// <summary>How it came in, for the record, such as <c>proxy</c>.</summary>
    public required string Way { get; init; }

    /// <summary>The lease by whose base URL it came; null for none.</summary>
    public LeaseKey? Lease { get; init; }

    /// <summary>The run that it belongs to, whose placeholders stand for credentials; null for none.</summary>
    public Run? Run { get; init; }
}
