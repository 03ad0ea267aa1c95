using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace Sanctum.Daemon.Admin;

/// <summary>
/// The process that an operator's connection comes from, and its parent: of a guesser's many short-lived processes the parent is the same, and of an
/// operator's commands it is the shell.
/// </summary>
/// <param name="Process">The process; 0 where the kernel does not say.</param>
/// <param name="Parent">Its parent, by id and by when it started, so that another process that gets the same id is another one.</param>
/// <param name="Session">The leader of its terminal session (setsid(2)), likewise; null where the kernel does not say.</param>
internal readonly record struct OperatorPeer(ProcessIdentity Process, ProcessIdentity Parent, ProcessIdentity? Session)
{
    /// <summary>Whoever is at the other end of a Unix socket, by process id.</summary>
    public static OperatorPeer Of(int processId)
    {
        var (process, parent, session) = ProcessIdentity.Read(processId);
        return new OperatorPeer(
            process, parent == 0 ? default : ProcessIdentity.Read(parent).Process, session == 0 ? null : ProcessIdentity.Read(session).Process);
    }

    /// <summary>Whoever is at the other end of a TCP connection: there, all of one address count as one process.</summary>
    public static OperatorPeer Of(IPAddress address)
    {
        // No process has a negative id.
        var there = new ProcessIdentity(-1, BinaryPrimitives.ReadInt64BigEndian(SHA256.HashData(address.MapToIPv6().GetAddressBytes())));
        return new OperatorPeer(there, there, null);
    }
}

/// <summary>A process.</summary>
/// <param name="Id">Its id.</param>
/// <param name="StartedAt">When it started, in clock ticks since the machine did; 0 where it is gone already.</param>
internal readonly record struct ProcessIdentity(int Id, long StartedAt)
{
    /// <summary>Reads <c>/proc/ID/stat</c>, see proc(5).</summary>
    public static (ProcessIdentity Process, int Parent, int Session) Read(int id)
    {
        string stat;
        try
        {
            stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/stat"), Encoding.Latin1);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return (new ProcessIdentity(id, 0), 0, 0);
        }

        // The second field is the name, in parentheses, and can hold anything; the third follows the last parenthesis.
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (
            new ProcessIdentity(id, long.Parse(fields[19], CultureInfo.InvariantCulture)),
            int.Parse(fields[1], CultureInfo.InvariantCulture),
            int.Parse(fields[3], CultureInfo.InvariantCulture));
    }
}
