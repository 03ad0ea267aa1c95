namespace Sanctum.Credentials;

/// <summary>Some of the credentials an agent may act on, in ordinal order of path.</summary>
/// <param name="Credentials">This page's.</param>
/// <param name="NextCursor">What to ask for the next page with; null when this is the last.</param>
public sealed record CredentialPage(IReadOnlyList<CredentialInfo> Credentials, string? NextCursor)
{
    /// <summary>What the agent may do with each, under some conditions, in the same order: <c>use</c>, <c>retrieve</c>, …; empty where it was not asked for.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Actions { get; init; } = [];
}
