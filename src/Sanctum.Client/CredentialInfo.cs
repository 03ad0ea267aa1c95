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
    DateTimeOffset? UpdatedAt);
