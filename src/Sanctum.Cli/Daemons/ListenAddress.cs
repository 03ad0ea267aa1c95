using System.Globalization;
using System.Net;
using Sanctum.Cli.CommandLine;

namespace Sanctum.Cli.Daemons;

/// <summary>Checks <c>HOST:PORT</c> before a passphrase is typed for it; the daemon checks again.</summary>
internal static class ListenAddress
{
    public static string? Check(string option, string? text, Func<bool>? hasTls = null)
    {
        if (text is null)
        {
            return null;
        }

        var colon = text.LastIndexOf(':');
        var host = colon < 0 ? "" : text[..colon] is "localhost" ? "127.0.0.1" : text[..colon];
        if (!ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out _) || !IPAddress.TryParse(host, out var address))
        {
            throw CliErrors.InvalidValue(option, "an address and a port, such as 127.0.0.1:8200");
        }

        if (address.IsIPv4MappedToIPv6 || host.Contains('%', StringComparison.Ordinal))
        {
            throw CliErrors.InvalidValue(option, "an IPv4 or plain IPv6 address and a port, such as 127.0.0.1:8200");
        }

        return IPAddress.IsLoopback(address) || hasTls?.Invoke() == true
            ? text
            : throw CliErrors.Usage(
                $"{option} accepts only a loopback address, since there is no TLS",
                $"use 127.0.0.1, and a tunnel such as 'ssh -L' to reach it from elsewhere{(hasTls is null ? "" : "; or TLS: --tls-cert and --tls-key")}");
    }
}
