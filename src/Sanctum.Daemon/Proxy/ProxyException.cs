namespace Sanctum.Daemon.Proxy;

/// <summary>The proxy refuses, for a reason of its own.</summary>
/// <param name="error">What is said about it.</param>
internal sealed class ProxyException(ProxyError error) : Exception(error.Message)
{
    public ProxyError Error { get; } = error;
}
