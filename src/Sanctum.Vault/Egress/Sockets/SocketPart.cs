namespace Sanctum.Egress.Sockets;

/// <summary>A part of a WebSocket's message, or its end.</summary>
/// <param name="IsText">Whether the message is text, in UTF-8; otherwise it is binary.</param>
/// <param name="Bytes">The part, which may be empty.</param>
/// <param name="IsLast">Whether the message ends with it.</param>
public readonly record struct SocketPart(bool IsText, ReadOnlyMemory<byte> Bytes, bool IsLast)
{
    /// <summary>The code with which the other side ended it (RFC 6455, section 7.4), 1005 for none; null while it has not.</summary>
    public int? CloseStatus { get; private init; }

    /// <summary>Why the other side ended it, in its words.</summary>
    public string? CloseReason { get; private init; }

    internal static SocketPart Closing(int status, string? reason) => new(IsText: true, default, IsLast: true) { CloseStatus = status, CloseReason = reason };
}
