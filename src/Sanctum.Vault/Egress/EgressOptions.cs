using System.Net;
using System.Security.Cryptography.X509Certificates;
using Sanctum.Egress.Connections;

namespace Sanctum.Egress;

/// <summary>What a host may choose about the requests that a vault sends.</summary>
public sealed record EgressOptions
{
    /// <summary>Finds a host's addresses. Default: the system's resolver, on a thread of its own for each look-up. Its addresses are judged before it is dialled.</summary>
    public Func<string, CancellationToken, Task<IPAddress[]>> Resolve { get; init; } = SystemResolver.FindAsync;

    /// <summary>Certificate authorities that are trusted besides the system's, for services with certificates of one's own. Default: none.</summary>
    public X509Certificate2Collection TrustedAuthorities { get; init; } = [];

    /// <summary>How long a connection may take to be made. Default: 10 seconds.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How many connections of one agent are kept for its next request, whatever they go to. Default: 32, as many as <see cref="MaxConcurrentPerAgent"/>:
    /// with fewer, requests that run at once make new connections over and over.</summary>
    public int MaxIdleConnectionsPerAgent { get; init; } = 32;

    /// <summary>How long a connection is kept without a request. Default: 90 seconds.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>How old a connection may become before another is made, to an address that was looked up again. Default: 5 minutes.</summary>
    public TimeSpan ConnectionLifetime { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>After how long in which nothing came an HTTP/2 connection is asked whether it is alive; at least 1 second. Default: 15 seconds.</summary>
    public TimeSpan PingDelay { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long it may take to say so before it is closed; at least 1 second. Default: 10 seconds.</summary>
    public TimeSpan PingTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a request may take, from being sent to the last byte of its response, when the call does not say. Default: 5 minutes, since models take long;
    /// <see cref="MaxTimeout"/> where that is shorter.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The longest that a call may ask for. Default: 5 minutes.</summary>
    public TimeSpan MaxTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a request whose response is read as it comes may stand still: waiting for its head, or for the next byte in either direction. Default: 10 minutes.</summary>
    public TimeSpan StillTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How many requests of one agent may run at once. Default: 32.</summary>
    public int MaxConcurrentPerAgent { get; init; } = 32;

    /// <summary>How many connections of one agent may be passed on unread at once. Default: 128.</summary>
    public int MaxTunnelsPerAgent { get; init; } = 128;

    /// <summary>How many requests one agent may send in any minute; 0 means any number. Default: 1,200.</summary>
    public int MaxPerMinutePerAgent { get; init; } = 1200;

    /// <summary>How much memory responses may take that are being received, with what decodes them, all together, in bytes. Default: 128 MiB.</summary>
    public long MaxResponseMemory { get; init; } = 128 * 1024 * 1024;

    /// <summary>How much memory the bodies of requests may take that are being sent, all together, in bytes. Default: 64 MiB.</summary>
    public long MaxRequestMemory { get; init; } = 64 * 1024 * 1024;

    /// <summary>How many guesses an agent has in an hour: requests that contain the secret of the credential that they are sent with.
    /// After that the agent can send none with that credential until the hour has ended. Default: 3.</summary>
    public int MaxGuessesPerHour { get; init; } = 3;
}
