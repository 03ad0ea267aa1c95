using System.Globalization;
using System.Net;
using Sanctum.Daemon.Admin;

namespace Sanctum.Daemon.Hosting;

/// <summary>Reads <c>host:port</c> and lets only loopback through where what passes is not encrypted.</summary>
internal static class Loopback
{
    /// <summary>What everybody should know who lets agents connect over TCP.</summary>
    public const string Warning =
        "agents can connect over TCP, where they can't verify the daemon: a process that takes the port can relay a sign-in; prefer the Unix socket";

    /// <param name="text">An address and a port, <c>127.0.0.1:8200</c>, <c>[::1]:8200</c> or <c>localhost:8200</c>.</param>
    /// <param name="what">Which setting it is, for the message.</param>
    /// <param name="mayBeElsewhere">Whether other addresses will do, since what passes is encrypted or no secret.</param>
    public static IPEndPoint Parse(string text, string what, bool mayBeElsewhere = false)
    {
        // Names other than this one are not resolved: what a resolver says could change between the check and the bind.
        var literal = text.StartsWith("localhost:", StringComparison.Ordinal) ? $"127.0.0.1{text["localhost".Length..]}" : text;
        if (!TrySplit(literal, out var endpoint))
        {
            throw new OperatorException(
                OperatorErrors.InvalidConfig,
                $"'{text}' is not an address for {what}",
                "give an address and a port, such as 127.0.0.1:8200");
        }

        // The same place in another spelling, which sockets for IPv6 alone can't bind.
        if (endpoint.Address.IsIPv4MappedToIPv6)
        {
            throw new OperatorException(
                OperatorErrors.InvalidConfig,
                $"'{text}' is an IPv4 address in IPv6 form",
                $"give {what} as an IPv4 address, such as 127.0.0.1:{endpoint.Port}");
        }

        return mayBeElsewhere || IPAddress.IsLoopback(endpoint.Address)
            ? endpoint
            : throw new OperatorException(
                OperatorErrors.InvalidConfig,
                $"'{text}' is not a loopback address, and {what} without TLS is for this machine only",
                "use 127.0.0.1, and a tunnel (ssh -L) from elsewhere; agents' and operators' ports can have TLS: --tls-cert and --tls-key");
    }

    // IPEndPoint.TryParse alone takes "1234" for an address and a missing port for 0.
    private static bool TrySplit(string text, out IPEndPoint endpoint)
    {
        endpoint = new IPEndPoint(IPAddress.None, 0);
        var colon = text.LastIndexOf(':');
        if (colon <= 0 || !ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port))
        {
            return false;
        }

        var host = text[..colon];
        var bracketed = host.Length > 2 && host[0] == '[' && host[^1] == ']';
        if (!IPAddress.TryParse(bracketed ? host[1..^1] : host, out var address) ||
            bracketed != (address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6) ||
            (!bracketed && host.Split('.').Length != 4) ||
            host.Contains('%', StringComparison.Ordinal))
        {
            return false;
        }

        endpoint = new IPEndPoint(address, port);
        return true;
    }
}
