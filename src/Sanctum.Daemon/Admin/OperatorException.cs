namespace Sanctum.Daemon.Admin;

/// <summary>An operator's call was refused or failed.</summary>
/// <param name="code">The name of a <see cref="VaultErrorCode"/> in the wire's spelling (<c>NOT_FOUND</c>, <c>CONFLICT</c>, <c>VAULT_LOCKED</c> ...),
/// or <c>DAEMON_UNREACHABLE</c>, <c>INTERNAL_ERROR</c>.</param>
/// <param name="message">One lower-case line, what went wrong.</param>
/// <param name="suggestion">What to do next.</param>
/// <param name="inner">The cause.</param>
public sealed class OperatorException(string code, string message, string? suggestion = null, Exception? inner = null)
    : Exception(message, inner)
{
    /// <summary>The reason, for programs.</summary>
    public string Code { get; } = code;

    /// <summary>What to do next.</summary>
    public string? Suggestion { get; } = suggestion;
}
