using System.Net;
using System.Net.Sockets;

namespace Sanctum.Destinations;

/// <summary>
/// Which addresses are public unicast ones: what the special-purpose registries of IANA (RFC 6890) leave. IPv4 in IPv6 form
/// is judged by the IPv4 address where a network may translate it (mapped, NAT64's well-known prefix). All other such
/// forms are refused, since nobody needs them any more.
/// </summary>
internal static class PublicAddress
{
    private static readonly IPNetwork[] NotPublic4 =
    [
        IPNetwork.Parse("0.0.0.0/8"),
        IPNetwork.Parse("10.0.0.0/8"),
        IPNetwork.Parse("100.64.0.0/10"),
        IPNetwork.Parse("127.0.0.0/8"),
        IPNetwork.Parse("169.254.0.0/16"),
        IPNetwork.Parse("172.16.0.0/12"),
        IPNetwork.Parse("192.0.0.0/24"),
        IPNetwork.Parse("192.0.2.0/24"),
        IPNetwork.Parse("192.31.196.0/24"),
        IPNetwork.Parse("192.52.193.0/24"),
        IPNetwork.Parse("192.88.99.0/24"),
        IPNetwork.Parse("192.168.0.0/16"),
        IPNetwork.Parse("192.175.48.0/24"),
        IPNetwork.Parse("198.18.0.0/15"),
        IPNetwork.Parse("198.51.100.0/24"),
        IPNetwork.Parse("203.0.113.0/24"),
        IPNetwork.Parse("224.0.0.0/3"),
    ];

    // All that is global unicast at all; and what of it is Teredo and other protocols' (2001::/23), documentation, 6to4.
    private static readonly IPNetwork GlobalUnicast6 = IPNetwork.Parse("2000::/3");

    private static readonly IPNetwork[] NotPublic6 =
    [
        IPNetwork.Parse("2001::/23"),
        IPNetwork.Parse("2001:db8::/32"),
        IPNetwork.Parse("2002::/16"),
        IPNetwork.Parse("2620:4f:8000::/48"),
        IPNetwork.Parse("3fff::/20"),
    ];

    private static readonly string[] NeverPublic = ["localhost", "invalid", "onion"];

    // RFC 6762 and its appendix G, RFC 8375, ICANN's resolution 2024.07.29.06.
    private static readonly string[] SeldomPublic = [".local", ".internal", ".localdomain", ".intranet", ".private", ".corp", ".home", ".lan", ".home.arpa"];

    // RFC 6052, section 2.1.
    private static readonly IPNetwork Nat64 = IPNetwork.Parse("64:ff9b::/96");

    /// <summary>Whether it is already known of a host's name, before it is looked up, that it has no public address: RFC 6761 and RFC 7686 say so of some names.</summary>
    public static bool IsNever(string host) => IPAddress.TryParse(host, out var address)
        ? !IsPublic(address)
        : NeverPublic.Any(name => host == name || host.EndsWith($".{name}", StringComparison.Ordinal));

    /// <summary>Whether such a name mostly has none: one word, or of a domain that networks use inside.</summary>
    public static bool IsSeldom(string host) => !IsNever(host) && !IPAddress.TryParse(host, out _)
        && (!host.Contains('.', StringComparison.Ordinal) || SeldomPublic.Any(domain => host.EndsWith(domain, StringComparison.Ordinal)));

    public static bool IsPublic(IPAddress address)
    {
        if (address.AddressFamily == AddressFamily.InterNetwork)
        {
            return !NotPublic4.Any(network => network.Contains(address));
        }

        if (address.AddressFamily != AddressFamily.InterNetworkV6 || address.ScopeId != 0)
        {
            return false;
        }

        // Before anything else, because a network of IPv6 is compared with the bytes as they are.
        if (address.IsIPv4MappedToIPv6)
        {
            return IsPublic(address.MapToIPv4());
        }

        return Nat64.Contains(address)
            ? IsPublic(Embedded(address))
            : GlobalUnicast6.Contains(address) && !NotPublic6.Any(network => network.Contains(address));
    }

    private static IPAddress Embedded(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        return new IPAddress(bytes[12..]);
    }
}
