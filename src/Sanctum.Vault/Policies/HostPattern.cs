using System.Globalization;
using System.Net;
using Sanctum.Destinations;
using Sanctum.Text;

namespace Sanctum.Policies;

/// <summary>
/// A policy's resource for the action <c>connect</c>: <c>host:NAME</c>, <c>host:NAME:PORT</c> or <c>host:NAME:*</c>. The name is a pattern with <c>*</c> and
/// <c>?</c>, or an address, IPv6 in brackets. Without a port it is 443.
/// </summary>
internal sealed class HostPattern
{
    private const string Prefix = "host:";
    private const string NameCharacters = "abcdefghijklmnopqrstuvwxyz0123456789.-_*?";
    private const int DefaultPort = 443;

    private readonly Glob _name;
    private readonly string _host;
    private readonly int? _port;

    private HostPattern(string host, int? port) => (_host, _port, _name) = (host, port, new Glob(host));

    /// <summary>Whether a resource is one of them, well-formed or not.</summary>
    public static bool IsHost(string resource) => resource.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>Reads a resource.</summary>
    public static bool TryParse(string resource, out HostPattern? pattern)
    {
        pattern = null;
        if (!IsHost(resource) || resource.Length > Glob.MaxLength)
        {
            return false;
        }

        var text = resource[Prefix.Length..];
        var colon = text.LastIndexOf(':');
        var (host, port) = colon > text.LastIndexOf(']') ? (text[..colon], text[(colon + 1)..]) : (text, null);
        if (!(host.Length > 0 && host.All(NameCharacters.Contains)) && !(Origin.TryParseHost(host, out var address) && address.Host.Equals(host, StringComparison.Ordinal)))
        {
            return false;
        }

        int? number = port switch
        {
            null => DefaultPort,
            "*" => null,
            _ => ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed) && parsed > 0 ? parsed : -1,
        };
        pattern = number == -1 ? null : new HostPattern(host, number);
        return pattern is not null;
    }

    /// <summary>Reads a resource that is no pattern: one host, and one port.</summary>
    public static bool TryParseOne(string resource, out string host, out int port)
    {
        (host, port) = ("", 0);
        if (!TryParse(resource, out var one) || one is not { _port: { } number } || one._host.AsSpan().ContainsAny('*', '?'))
        {
            return false;
        }

        (host, port) = (one._host, number);
        return true;
    }

    /// <summary>Whether it covers a host and port.</summary>
    public bool Matches(Origin origin) => (_port is null || _port == origin.Port) && _name.Matches(origin.Host);

    /// <summary>Whether it spells out this very address, so that its being private is the operator's business.</summary>
    public bool IsExactly(Origin origin) => _port == origin.Port && _host.Equals(origin.Host, StringComparison.Ordinal) && IPAddress.TryParse(_host.Trim('[', ']'), out _);
}
