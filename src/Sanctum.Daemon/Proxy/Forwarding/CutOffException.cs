namespace Sanctum.Daemon.Proxy.Forwarding;

/// <summary>
/// A response that has begun can't go on. Kestrel is told by an exception: then it sends what was written, no end, and closes the connection or resets the
/// stream. Aborting would drop what has not left yet, such as the response's head. The cause has been logged by then.
/// </summary>
internal sealed class CutOffException() : Exception("the response was cut off");
