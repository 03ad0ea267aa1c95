using System.Buffers;

namespace Sanctum.Mcp.Wrapping;

/// <summary>Where a wrapped server comes from. It is asked again when the server has ended.</summary>
public interface IServerSource
{
    /// <summary>Starts the server, or connects to it.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    Task<IWrappedServer> StartAsync(CancellationToken cancellationToken);
}

/// <summary>A server that runs. Disposing it ends it, with all that it has started.</summary>
public interface IWrappedServer : IAsyncDisposable
{
    /// <summary>What is taken out of all that the server sends; null for nothing.</summary>
    ISecretFilter? Secrets { get; }

    /// <summary>Passes a message on.</summary>
    /// <param name="message">A JSON-RPC message, without a line's end.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="IOException">The server has ended.</exception>
    ValueTask SendAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken);

    /// <summary>Waits for a message of the server's.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>It; null when the server has ended.</returns>
    Task<ServerLine?> ReadAsync(CancellationToken cancellationToken);
}

/// <summary>Takes secrets out of what passes. For one thread at a time.</summary>
public interface ISecretFilter
{
    /// <summary>Looks for the secrets in a text, in every form that is looked for.</summary>
    /// <param name="text">The text, whole.</param>
    /// <param name="output">Gets the text with a marker in each secret's place, if one was found.</param>
    /// <returns>How many were found; where there were none, nothing is written.</returns>
    /// <exception cref="SecretFilterException">It can't be searched.</exception>
    int Replace(ReadOnlySpan<byte> text, IBufferWriter<byte> output);
}

/// <summary>A text can't be searched for secrets, so it goes nowhere.</summary>
public sealed class SecretFilterException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>What a server has sent.</summary>
/// <param name="Bytes">The message, without the line's end; of one that is too long, some of its start and of its end.</param>
/// <param name="IsTooLong">Whether it was longer than the limit.</param>
public readonly record struct ServerLine(ReadOnlyMemory<byte> Bytes, bool IsTooLong);
