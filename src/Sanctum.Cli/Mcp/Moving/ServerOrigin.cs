using System.Net;

namespace Sanctum.Cli.Mcp.Moving;

/// <summary>Where a server elsewhere is: what its key is bound to.</summary>
/// <param name="Scheme"><c>https</c> or <c>http</c>.</param>
/// <param name="Host">Its name in lower case, or its address.</param>
/// <param name="Authority">The host, with a port where it is not the scheme's own.</param>
internal sealed record ServerOrigin(string Scheme, string Host, string Authority)
{
    // RFC 6761; and what networks use inside (RFC 6762, RFC 8375).
    private static readonly string[] Inside = [".localhost", ".local", ".internal", ".home.arpa", ".lan"];

    /// <summary>Whether it is on this machine or in a network of one's own: such a place is bound to by its exact origin.</summary>
    public bool IsInside => IPAddress.TryParse(Host.Trim('[', ']'), out _) || !Host.Contains('.', StringComparison.Ordinal) || Inside.Any(name => Host.EndsWith(name, StringComparison.Ordinal));

    /// <summary>Whether nobody on the way can read what is sent there.</summary>
    public bool IsSecure => Scheme == "https" || Host is "localhost" || (IPAddress.TryParse(Host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    public override string ToString() => $"{Scheme}://{Authority}";

    /// <summary>The origin of a URL; null where it has none, or is not written plainly: a parser can make another host of it.</summary>
    public static ServerOrigin? Of(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var parsed) && parsed.Scheme is "https" or "http" && parsed.UserInfo.Length == 0
        && parsed.Host.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '[' or ']' or ':') && url.StartsWith($"{parsed.Scheme}://{parsed.Host}", StringComparison.OrdinalIgnoreCase)
            ? new(parsed.Scheme, parsed.Host, parsed.IsDefaultPort ? parsed.Host : $"{parsed.Host}:{parsed.Port}")
            : null;
}
