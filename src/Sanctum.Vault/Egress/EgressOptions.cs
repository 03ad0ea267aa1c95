using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace Sanctum.Egress;

/// <summary>What a host may choose about the requests that a vault sends.</summary>
public sealed record EgressOptions
{
    /// <summary>Finds a host's addresses. Default: the system's resolver. What it answers is judged before it is dialled.</summary>
    public Func<string, CancellationToken, Task<IPAddress[]>> Resolve { get; init; } = Dns.GetHostAddressesAsync;

    /// <summary>Certificate authorities that are trusted besides the system's, for services with certificates of one's own. Default: none.</summary>
    public X509Certificate2Collection TrustedAuthorities { get; init; } = [];

    /// <summary>How long a connection may take to be made. Default: 10 seconds.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a request may take, from being sent to the last byte of its answer, when the call does not say. Default: 60 seconds.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The longest that a call may ask for. Default: 5 minutes.</summary>
    public TimeSpan MaxTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How many requests of one agent may run at once. Default: 32.</summary>
    public int MaxConcurrentPerAgent { get; init; } = 32;

    /// <summary>How many requests one agent may send in any minute; 0 means any number. Default: 1,200.</summary>
    public int MaxPerMinutePerAgent { get; init; } = 1200;

    /// <summary>How much memory responses may take that are being received, with what decodes them, all together, in bytes. Default: 128 MiB.</summary>
    public long MaxResponseMemory { get; init; } = 128 * 1024 * 1024;

    /// <summary>How much memory the bodies of requests may take that are being sent, all together, in bytes. Default: 64 MiB.</summary>
    public long MaxRequestMemory { get; init; } = 64 * 1024 * 1024;

    /// <summary>How many requests of one agent in an hour may hold the secret of the credential that they are sent with, which makes them guesses,
    /// before the agent can send none with that credential until the hour is over. Default: 3.</summary>
    public int MaxGuessesPerHour { get; init; } = 3;
}
