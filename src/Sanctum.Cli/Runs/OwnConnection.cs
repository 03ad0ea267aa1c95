using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Sanctum.Cli.Runs.Children;

namespace Sanctum.Cli.Runs;

/// <summary>Whether a connection on loopback comes from this process's own user: Linux keeps the user of each socket in <c>/proc/net</c>.</summary>
internal static class OwnConnection
{
    // A program can reach an IPv4 address from a socket of IPv6, as Java does: it is in the other table, with this before its address.
    private const string Mapped = "0000000000000000FFFF0000";

    private static readonly (string Table, string Before)[] Tables = [("/proc/net/tcp", ""), ("/proc/net/tcp6", Mapped)];

    private const int Local = 1, Remote = 2, User = 7;

    public static bool Is(Socket accepted)
    {
        var (mine, theirs) = (Text((IPEndPoint)accepted.LocalEndPoint!), Text((IPEndPoint)accepted.RemoteEndPoint!));
        var user = Spawn.EffectiveUser().ToString(CultureInfo.InvariantCulture);
        return Tables.Where(it => File.Exists(it.Table)).Any(it => File.ReadLines(it.Table).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Any(fields => fields.Length > User && fields[Local] == it.Before + theirs && fields[Remote] == it.Before + mine && fields[User] == user));
    }

    // The address as the processor has it in memory, in hex, and the port.
    private static string Text(IPEndPoint point) =>
        string.Create(CultureInfo.InvariantCulture, $"{BitConverter.ToUInt32(point.Address.GetAddressBytes()):X8}:{point.Port:X4}");
}
