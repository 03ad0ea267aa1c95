namespace Sanctum.Protocol;

/// <summary>What arrived is not what the protocol says; carries the error object to respond with.</summary>
/// <param name="error">The error to send back.</param>
/// <param name="inner">What revealed it, if anything.</param>
public sealed class RpcException(RpcError error, Exception? inner = null) : Exception(error.Message, inner)
{
    /// <summary>The error to send back.</summary>
    public RpcError Error { get; } = error;
}
