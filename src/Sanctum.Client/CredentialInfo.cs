namespace Sanctum.Client;

/// <summary>What the vault tells an agent of a credential that it may act on. What it did not say is null.</summary>
/// <param name="Path">The credential's path, by which all calls name it.</param>
/// <param name="Type">The kind of secret, such as <c>api_key</c>.</param>
/// <param name="Description">The operator's words on it; empty when there are none.</param>
/// <param name="Tags">The operator's tags; empty when there are none.</param>
/// <param name="CreatedAt">When it was stored first.</param>
/// <param name="UpdatedAt">When it was changed last.</param>
public sealed record CredentialInfo(
    string Path,
    string? Type,
    string Description,
    IReadOnlyList<string> Tags,
    DateTimeOffset? CreatedAt,
    DateTimeOffset? UpdatedAt)
{
    /// <summary>What the agent may do with it under some conditions: <c>use</c>, <c>retrieve</c>, …; null where it was not asked for.</summary>
    public IReadOnlyList<string>? Actions { get; init; }

    /// <summary>Where the vault sends requests with it, such as <c>api.example.com</c>; empty for nowhere, null where it was not asked for.</summary>
    public IReadOnlyList<string>? Hosts { get; init; }
}
