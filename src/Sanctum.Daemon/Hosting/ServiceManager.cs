using System.Net.Sockets;
using System.Text;

namespace Sanctum.Daemon.Hosting;

/// <summary>
/// Tells the service manager how the daemon is: sd_notify(3), one datagram to the socket that it named. The package for it brings
/// a second copy of all of Microsoft.Extensions along.
/// </summary>
internal static class ServiceManager
{
    /// <summary>Sends a state such as <c>READY=1</c>. Does nothing where there is no service manager that wants to know, and waits for none that does not listen.</summary>
    public static void Notify(string state)
    {
        var address = Environment.GetEnvironmentVariable("NOTIFY_SOCKET");
        if (string.IsNullOrEmpty(address))
        {
            return;
        }

        // A leading '@' stands for the zero byte of an abstract address (unix(7)).
        using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        socket.Blocking = false;
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(address[0] == '@' ? $"\0{address[1..]}" : address));
            socket.Send(Encoding.UTF8.GetBytes(state));
        }
        catch (Exception unheard) when (unheard is SocketException or ArgumentException)
        {
            // It is gone, or deaf, or no address: the vault is served and sealed all the same.
        }
    }
}
