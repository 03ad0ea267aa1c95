using Sanctum.Client.Connections;

namespace Sanctum.Client;

/// <summary>A request header that holds a secret.</summary>
public sealed class CredentialHeader
{
    /// <summary>Makes one.</summary>
    /// <param name="name">The header's name.</param>
    /// <param name="value">Its value, with the secret in it.</param>
    public CredentialHeader(string name, string value) => (Name, Value) = (name, value);

    /// <summary>The header's name, such as <c>Authorization</c>.</summary>
    public string Name { get; }

    /// <summary>The header's value, with the secret in it.</summary>
    public string Value { get; }

    /// <summary>Names the header, never its value.</summary>
    public override string ToString() => $"{Name}: [redacted]";

    /// <summary>Takes the two parts, or the whole line when a daemon sends only that; null when it is neither.</summary>
    internal static CredentialHeader? From(HttpHeaderReply reply)
    {
        if (reply is { HeaderName: { } name, HeaderValue: { } value })
        {
            return new CredentialHeader(name, value);
        }

        return reply.Header?.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon
            ? new CredentialHeader(reply.Header[..colon], reply.Header[(colon + 1)..].Trim())
            : null;
    }
}
