using System.Net;
using Sanctum.Cli.CommandLine;
using Sanctum.Client.Connections;

namespace Sanctum.Cli.Operators;

/// <summary>
/// Where a daemon is reached over a network, as it is typed: <c>HOST:PORT</c>, also with <c>tls://</c> or <c>https://</c> before it, is TLS. <c>http://HOST:PORT</c> is without, and
/// then the host has to be this machine.
/// </summary>
/// <param name="Host">A name or an address.</param>
/// <param name="Port">1 to 65535.</param>
/// <param name="IsPlain">Whether there is no TLS.</param>
internal sealed record DaemonAddress(string Host, int Port, bool IsPlain)
{
    private const string Plain = "http://";

    private static readonly string[] _secure = ["https://", VaultAddress.TlsScheme];

    /// <param name="text">What was typed.</param>
    /// <param name="source">The option or the variable.</param>
    /// <exception cref="CliException">It is no address, or would be reached without TLS over a network.</exception>
    public static DaemonAddress Parse(string text, string source)
    {
        var isPlain = text.StartsWith(Plain, StringComparison.OrdinalIgnoreCase);
        var rest = isPlain ? text[Plain.Length..] : _secure.FirstOrDefault(it => text.StartsWith(it, StringComparison.OrdinalIgnoreCase)) is { } scheme ? text[scheme.Length..] : text;
        var address = Of(rest.EndsWith('/') ? rest[..^1] : rest) is { } found && Uri.CheckHostName(found.Host) != UriHostNameType.Unknown
            ? found with { IsPlain = isPlain }
            : throw CliErrors.InvalidValue(source, "HOST:PORT, such as vault.example:8201");
        return isPlain && !IsThisMachine(address.Host) ? throw CliErrors.TlsRequired(source) : address;
    }

    /// <summary>Whether a host is this machine, as far as its name says.</summary>
    public static bool IsThisMachine(string host) => host is "localhost" || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));

    /// <summary>Where to, for connections without TLS.</summary>
    public EndPoint EndPoint => IPAddress.TryParse(Host, out var address) ? new IPEndPoint(address, Port) : new DnsEndPoint(Host, Port);

    /// <summary>The same, for connections with TLS.</summary>
    public TlsEndPoint Secure => new(EndPoint, Host);

    /// <summary>The same, as an agent's client takes it.</summary>
    public string ForAgents => $"{(IsPlain ? "" : VaultAddress.TlsScheme)}{VaultAddress.Text(EndPoint)}";

    public override string ToString() => $"{(IsPlain ? Plain : VaultAddress.TlsScheme)}{VaultAddress.Text(EndPoint)}";

    private static DaemonAddress? Of(string text)
    {
        try
        {
            return VaultAddress.Parse(text) switch
            {
                IPEndPoint address => new DaemonAddress(address.Address.ToString(), address.Port, IsPlain: false),
                DnsEndPoint name => new DaemonAddress(name.Host, name.Port, IsPlain: false),
                _ => null,
            };
        }
        catch (ArgumentException)
        {
            return null; // The caller says what it should have been.
        }
    }
}
