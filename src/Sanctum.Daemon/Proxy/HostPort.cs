using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Sanctum.Daemon.Proxy;

/// <summary>
/// Where a request is to go. The host has one spelling: a lower-case name, an IPv4 address as four decimal numbers, or an IPv6 address in its
/// canonical form (RFC 5952) without brackets.
/// </summary>
/// <param name="Host">The host.</param>
/// <param name="Port">The port, 1 to 65535.</param>
internal readonly record struct HostPort(string Host, int Port)
{
    private const int LongestName = 253;
    private const int LongestLabel = 63;

    /// <summary>The address, where the host is one.</summary>
    public IPAddress? Address => IPAddress.TryParse(Host, out var address) ? address : null;

    /// <summary>The host as it stands in a URL: an IPv6 address in brackets, once.</summary>
    public string UrlHost => Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host;

    /// <summary>Reads <c>host:port</c> or <c>host</c>.</summary>
    /// <param name="text">As it came, in capitals or not.</param>
    /// <param name="defaultPort">The port of a text without one; null where it needs one.</param>
    /// <param name="target">What it says.</param>
    public static bool TryParse(ReadOnlySpan<char> text, int? defaultPort, out HostPort target)
    {
        target = default;
        var colon = text.LastIndexOf(':');
        var hasPort = colon > text.LastIndexOf(']');
        var port = defaultPort ?? 0;
        if (hasPort ? !TryParsePort(text[(colon + 1)..], out port) : port == 0)
        {
            return false;
        }

        if (HostOf(hasPort ? text[..colon] : text) is not { } host)
        {
            return false;
        }

        target = new HostPort(host, port);
        return true;
    }

    /// <summary>Host and port as they stand in a <c>Host</c> header: the scheme's own port is left out.</summary>
    public string Authority(bool secure) => Port == (secure ? 443 : 80) ? UrlHost : ToString();

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{UrlHost}:{Port}");

    // One spelling of a port: no sign and no zero in front.
    private static bool TryParsePort(ReadOnlySpan<char> text, out int port)
    {
        port = 0;
        return text is [not '0', ..] && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port <= IPEndPoint.MaxPort;
    }

    private static string? HostOf(ReadOnlySpan<char> text)
    {
        if (text is ['[', .. var inner, ']'])
        {
            // No zone, no IPv4 in brackets: an address that is dialled as it stands.
            return !inner.ContainsAnyExcept("0123456789abcdefABCDEF:.") && IPAddress.TryParse(inner, out var v6) && v6.AddressFamily == AddressFamily.InterNetworkV6 ? v6.ToString() : null;
        }

        Span<char> lower = stackalloc char[LongestName];
        if (text.Length > LongestName || text.ToLowerInvariant(lower) < 0)
        {
            return null;
        }

        var name = lower[..text.Length];
        return IsName(name) && !IsAnotherSpelling(name) ? name.ToString() : null;
    }

    private static bool IsName(ReadOnlySpan<char> name)
    {
        foreach (var range in name.Split('.'))
        {
            var label = name[range];
            if (label.Length is 0 or > LongestLabel || label[0] == '-' || label[^1] == '-' || label.ContainsAnyExcept("abcdefghijklmnopqrstuvwxyz0123456789-_"))
            {
                return false;
            }
        }

        return name.Length > 0;
    }

    // 127.1, 0x7f.1, 2130706433: whoever dials them dials 127.0.0.1.
    private static bool IsAnotherSpelling(ReadOnlySpan<char> name) =>
        IPAddress.TryParse(name, out var address) && !name.SequenceEqual(address.ToString());
}
