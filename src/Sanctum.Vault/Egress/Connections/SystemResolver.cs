using System.Net;

namespace Sanctum.Egress.Connections;

/// <summary>
/// The system's resolver. It blocks a thread for as long as it likes, seconds where no server responds. .NET's asynchronous form blocks a thread
/// of the pool, which others wait for, and lets one look-up of a name wait for the other. So each has a thread of its own.
/// </summary>
internal static class SystemResolver
{
    public static Task<IPAddress[]> FindAsync(string host, CancellationToken cancellationToken) => Task.Factory.StartNew(
        static host => Dns.GetHostAddresses((string)host!), host, cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
