namespace Sanctum.Protocol.Framing;

/// <summary>The largest frames, in bytes of JSON, that either side accepts or sends.</summary>
public static class FrameLimits
{
    /// <summary>What a daemon reads before the connection has authenticated: 4 KiB.</summary>
    public const int Unauthenticated = 4 * 1024;

    /// <summary>What a daemon reads once it has, at the most that it can be configured to: 16 MiB.</summary>
    public const int Request = 16 * 1024 * 1024;

    /// <summary>What a daemon reads once it has, unless it is configured otherwise: 4 MiB.</summary>
    public const int DefaultRequest = 4 * 1024 * 1024;

    /// <summary>What a daemon sends: 4 MiB, which is the most that the published clients accept.</summary>
    public const int Reply = 4 * 1024 * 1024;

    /// <summary>The length prefix: 4 bytes, unsigned, big-endian, not counting itself.</summary>
    public const int Prefix = 4;

    /// <summary>How deeply JSON may be nested.</summary>
    public const int Depth = 64;
}
