using System.Net;
using System.Net.Sockets;

namespace Sanctum.Daemon.Proxy.Authorities;

/// <summary>
/// The hosts that an authority vouches for, out of what credentials are bound to: a name, <c>*.</c> and a name, an address (IPv6 in brackets), each with a port or
/// without, or <c>*</c> for any host. Ports play no part in certificates.
/// </summary>
internal sealed class AuthorityHosts
{
    private const string Wildcard = "*.";

    public AuthorityHosts(IEnumerable<string> bound)
    {
        List<string> names = [];
        List<IPAddress> addresses = [];
        foreach (var host in bound.Select(WithoutPort))
        {
            IsAny |= host == "*";
            if (AddressOf(host) is { } address)
            {
                addresses.Add(address);
            }
            else
            {
                names.Add(host.StartsWith(Wildcard, StringComparison.Ordinal) ? host[Wildcard.Length..] : host);
            }
        }

        (Names, Addresses) = ([.. names.Distinct(StringComparer.Ordinal)], [.. addresses.Distinct()]);
    }

    /// <summary>Whether a credential is bound to any host.</summary>
    public bool IsAny { get; }

    /// <summary>Names; in certificates each is one with all that is below it.</summary>
    public IReadOnlyList<string> Names { get; }

    public IReadOnlyList<IPAddress> Addresses { get; }

    public bool Covers(HostPort target) => IsAny || (target.Address is { } address
        ? Addresses.Contains(address)
        : Names.Any(name => target.Host == name || target.Host.EndsWith($".{name}", StringComparison.Ordinal)));

    private static string WithoutPort(string bound)
    {
        var colon = bound.LastIndexOf(':');
        return colon > bound.LastIndexOf(']') ? bound[..colon] : bound;
    }

    private static IPAddress? AddressOf(string host) =>
        IPAddress.TryParse(host is ['[', .. var inner, ']'] ? inner : host, out var address) && address.AddressFamily is AddressFamily.InterNetwork or AddressFamily.InterNetworkV6
            ? address
            : null;
}
