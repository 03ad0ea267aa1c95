using Sanctum.Protocol.Sockets;

namespace Sanctum.Daemon.Hosting;

/// <summary>
/// Where the daemon's sockets are bound. It is disposed after the sockets: .NET removes a socket's file by the path that it was bound with, which leads
/// elsewhere once a long path's folder is closed.
/// </summary>
internal sealed class ListeningPaths : IDisposable
{
    private readonly SocketPath _agents, _operators;

    public ListeningPaths(DaemonSettings settings)
    {
        _agents = SocketPath.Open(settings.Socket);
        try
        {
            _operators = SocketPath.Open(settings.AdminSocket);
        }
        catch
        {
            _agents.Dispose();
            throw;
        }
    }

    public string Agents => _agents.Address;

    public string Operators => _operators.Address;

    /// <summary>For an operator to know of a path that other programs can't connect to; null where it fits.</summary>
    public static string? Warning(string socket) => SocketPath.FitsAddress(socket)
        ? null
        : $"the agents' socket path has more than {SocketPath.LongestAddress} bytes, so only the .NET client can connect; for other SDKs, start with a shorter --socket";

    public void Dispose()
    {
        _agents.Dispose();
        _operators.Dispose();
    }
}
