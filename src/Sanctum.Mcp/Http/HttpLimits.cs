namespace Sanctum.Mcp.Http;

/// <summary>What hosts together can take of a server over HTTP.</summary>
internal static class HttpLimits
{
    /// <summary>Sessions that are open.</summary>
    public const int Sessions = 32;

    /// <summary>Requests that run, without the streams that wait for messages: a session has one of these.</summary>
    public const int Requests = 64;

    /// <summary>Connections.</summary>
    public const int Connections = 128;

    /// <summary>The longest message, in bytes: as on stdin.</summary>
    public const int Body = Transports.LineTransport.MaxMessage;

    /// <summary>How long a session without requests and streams is kept.</summary>
    public static readonly TimeSpan Idle = TimeSpan.FromMinutes(15);

    /// <summary>How long a request's head can take.</summary>
    public static readonly TimeSpan Head = TimeSpan.FromSeconds(10);
}
