using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Sanctum.Cli.Terminals;
using Sanctum.Protocol.Messages;

namespace Sanctum.Cli.Runs;

/// <summary>What a run says at its end: where its program wanted to go and could not, and what would allow it.</summary>
internal static class RefusedHosts
{
    private const int Https = 443;

    public static void Show(Terminal terminal, string agent, IReadOnlyList<RefusedHost> hosts, bool more)
    {
        if (hosts.Count == 0)
        {
            return;
        }

        terminal.Warn($"the program was refused {(hosts.Count == 1 ? "a host" : $"{hosts.Count} hosts")}; the vault's operator can allow {(hosts.Count == 1 ? "it" : "each")}:");
        foreach (var host in hosts)
        {
            terminal.Note($"  {CommandFor(agent, host)}");
        }

        if (more)
        {
            terminal.Note("  and others, which the audit log has: sanctum audit log --denied");
        }
    }

    /// <summary>The line for the operator. The daemon gives hosts in letters, digits, and <c>-._:</c> alone, so a shell makes nothing else of it.</summary>
    internal static string CommandFor(string agent, RefusedHost refused)
    {
        var host = IPAddress.TryParse(refused.Host, out var address) && address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{refused.Host}]" : refused.Host;
        var resource = refused.Port == Https && address is null ? $"host:{host}" : string.Create(CultureInfo.InvariantCulture, $"host:{host}:{refused.Port}");
        var name = string.Concat($"{agent}-{refused.Host}-{refused.Port.ToString(CultureInfo.InvariantCulture)}".Select(letter => char.IsAsciiLetterOrDigit(letter) || letter == '-' ? letter : '-'));
        return $"sanctum policy add {name} --principal agent:{agent} --resources '{resource}' --actions connect";
    }
}
