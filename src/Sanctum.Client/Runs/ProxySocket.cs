using System.Net;

namespace Sanctum.Client.Runs;

/// <summary>Where the proxy's socket is, as seen from here.</summary>
internal static class ProxySocket
{
    /// <summary>
    /// The path that the daemon says. A daemon in a container says where it is in there: then the socket lies beside the one for agents, if they have been
    /// mounted together.
    /// </summary>
    /// <param name="said">The daemon's path.</param>
    /// <param name="agents">Where the client is connected to.</param>
    public static string Find(string said, EndPoint agents)
    {
        if (File.Exists(said))
        {
            return said;
        }

        var beside = Path.Join(Path.GetDirectoryName(Path.GetFullPath(agents.ToString()!)), Path.GetFileName(said));
        return File.Exists(beside) ? beside : said;
    }
}
