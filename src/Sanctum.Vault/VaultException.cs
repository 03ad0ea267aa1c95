namespace Sanctum;

/// <summary>The vault refused or failed, and says why and what to do. Never holds a secret, a host path or SQL.</summary>
public sealed class VaultException : Exception
{
    internal VaultException(
        VaultErrorCode code,
        string message,
        string? detail = null,
        string? suggestion = null,
        IReadOnlyDictionary<string, object>? context = null,
        Exception? inner = null)
        : base(message, inner) =>
        (Code, Detail, Suggestion, Context) = (code, detail, suggestion, context);

    /// <summary>The reason.</summary>
    public VaultErrorCode Code { get; }

    /// <summary>More about it, where there is more.</summary>
    public string? Detail { get; }

    /// <summary>What the agent or its operator can do next.</summary>
    public string? Suggestion { get; }

    /// <summary>Particulars by name, each a <see cref="string"/> or a <see cref="long"/>.</summary>
    public IReadOnlyDictionary<string, object>? Context { get; }
}
