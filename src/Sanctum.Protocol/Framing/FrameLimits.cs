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

    /// <summary>What a daemon sends where a call fails: 8 KiB, whatever was asked.</summary>
    public const int Error = 8 * 1024;

    /// <summary>How many JSON tokens a request may have, where the daemon's configuration says nothing else: 4096.</summary>
    public const int Tokens = 4096;

    /// <summary>How long the parameters of a method may be that takes names and numbers only: 8 KiB. That is every method but use.</summary>
    public const int Parameters = 8 * 1024;

    /// <summary>How long a member's name may be, as it is written: 2 KiB. The longest that means anything is a header's, 256 characters.</summary>
    public const int MemberName = 2 * 1024;

    /// <summary>How long a number may be, in digits and signs: 64. A number of 64 bits has at most 20 before the point.</summary>
    public const int Number = 64;

    /// <summary>The length prefix: 4 bytes, unsigned, big-endian, not counting itself.</summary>
    public const int Prefix = 4;

    /// <summary>How deeply JSON may be nested.</summary>
    public const int Depth = 64;
}
