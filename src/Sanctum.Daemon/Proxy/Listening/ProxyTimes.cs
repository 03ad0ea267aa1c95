namespace Sanctum.Daemon.Proxy.Listening;

/// <summary>How long the proxy waits for its clients.</summary>
/// <param name="Time">The clock.</param>
internal sealed record ProxyTimes(TimeProvider Time)
{
    /// <summary>For the head of a request, from when the connection is open; and for the first byte in a tunnel.</summary>
    public TimeSpan Head { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>For a TLS handshake.</summary>
    public TimeSpan Handshake { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>For taking a refusal.</summary>
    public TimeSpan Refusal { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Between two requests of a connection.</summary>
    public TimeSpan BetweenRequests { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>For a tunnel in which nothing moves, in either direction.</summary>
    public TimeSpan IdleTunnel { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>For the rest of a tunnel of which one side has ended.</summary>
    public TimeSpan HalfClosed { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Begins to wait.</summary>
    public Patience Wait(TimeSpan limit) => new(limit, Time);
}
