using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Sanctum.Text;

namespace Sanctum.Destinations;

/// <summary>
/// Scheme, host and port: where a request goes. There is one spelling of each. The host is a lower-case name, an IPv6 address in
/// brackets in its canonical form (RFC 5952), or an IPv4 address as four decimal numbers. The scheme's default port is left out.
/// </summary>
internal readonly record struct Origin(string Scheme, string Host, int Port)
{
    public const string Https = "https";
    public const string Http = "http";

    private static readonly (string Prefix, string Scheme, int Port)[] Schemes = [("https://", Https, 443), ("http://", Http, 80)];

    public bool IsSecure => Scheme == Https;

    /// <summary>The same place over HTTPS.</summary>
    public Origin Secured => this with { Scheme = Https, Port = Port == 80 && !IsSecure ? 443 : Port };

    /// <summary>Host, and port where it is not the scheme's own: what stands in the <c>Host</c> header.</summary>
    public string Authority => Port == (IsSecure ? 443 : 80) ? Host : string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port}");

    /// <summary>Reads an origin in its one spelling, or a scheme and host in capitals.</summary>
    public static bool TryParse(string text, out Origin origin)
    {
        foreach (var (prefix, scheme, port) in Schemes)
        {
            if (text.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            {
                return TryParseAuthority(text[prefix.Length..], scheme, port, out origin);
            }
        }

        origin = default;
        return false;
    }

    /// <summary>Reads <c>host</c> or <c>host:port</c>, which a credential is bound to: HTTPS goes without saying.</summary>
    public static bool TryParseHost(string text, out Origin origin) => TryParseAuthority(text, Https, 443, out origin);

    public override string ToString() => $"{Scheme}://{Authority}";

    private static bool TryParseAuthority(string text, string scheme, int port, out Origin origin)
    {
        origin = default;

        // The colon of a port, and not one inside of an IPv6 address.
        var colon = text.LastIndexOf(':');
        if (colon > text.LastIndexOf(']') && !TryParsePort(text.AsSpan(colon + 1), out port))
        {
            return false;
        }

        var host = (colon > text.LastIndexOf(']') ? text[..colon] : text).ToLowerInvariant();
        if (!(HostName.IsValid(host) && !IsAnotherSpelling(host)) && !IsIPv6(host))
        {
            return false;
        }

        origin = new Origin(scheme, host, port);
        return true;
    }

    // One spelling of a port: no sign, no zero in front, which integer parsing would let pass.
    private static bool TryParsePort(ReadOnlySpan<char> text, out int port)
    {
        port = 0;
        return text is [not '0', ..] && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port <= IPEndPoint.MaxPort;
    }

    // 127.1, 0x7f.1, 2130706433: whoever dials them dials 127.0.0.1, and sends that as the host.
    private static bool IsAnotherSpelling(string host) =>
        IPAddress.TryParse(host, out var address) && !string.Equals(address.ToString(), host, StringComparison.Ordinal);

    private static bool IsIPv6(string host) =>
        host is ['[', .. var inner, ']']
        && IPAddress.TryParse(inner, out var address)
        && address.AddressFamily == AddressFamily.InterNetworkV6
        && string.Equals(address.ToString(), inner, StringComparison.Ordinal);
}
