namespace Sanctum.Protocol.Framing;

/// <summary>The stream is not a sequence of frames any more: the connection has to be closed.</summary>
/// <param name="message">What is wrong with it.</param>
public sealed class FrameException(string message) : IOException(message);
