using Sanctum.Protocol.Sockets;

namespace Sanctum.Daemon.Hosting;

/// <summary>
/// Where the daemon's sockets are bound. It is disposed after the sockets: .NET removes a socket's file by the path that it was bound with, which leads
/// elsewhere once a long path's folder is closed.
/// </summary>
internal sealed class ListeningPaths : IDisposable
{
    private readonly List<SocketPath> _open = [];

    public ListeningPaths(DaemonSettings settings)
    {
        try
        {
            (Agents, Operators, Proxy) = (Open(settings.Socket), Open(settings.AdminSocket), Open(settings.ProxySocket));
            Metrics = settings.Telemetry.Socket is { } metrics ? Open(metrics) : null;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public string Agents { get; }

    public string Operators { get; }

    public string Proxy { get; }

    /// <summary>Null where there is none.</summary>
    public string? Metrics { get; }

    /// <summary>For an operator to know of a path that other programs can't connect to; null where it fits.</summary>
    public static string? Warning(string socket) => SocketPath.FitsAddress(socket)
        ? null
        : $"the agents' socket path has more than {SocketPath.LongestAddress} bytes, so only the .NET client can connect; for other SDKs, start with a shorter --socket";

    public void Dispose() => _open.ForEach(path => path.Dispose());

    private string Open(string socket)
    {
        var path = SocketPath.Open(socket);
        _open.Add(path);
        return path.Address;
    }
}
