namespace Sanctum.Credentials;

/// <summary>Tags that mean something to the vault. All others are the operator's.</summary>
public static class CredentialTags
{
    /// <summary>Whoever tries to retrieve or use such a credential is quarantined: it is there to be found by somebody who should not look.</summary>
    public const string Honeytoken = "honeytoken";

    /// <summary>How sensitive a credential is, from the least to the most.</summary>
    public static IReadOnlyList<string> Classifications { get; } = ["public", "internal", "confidential", "restricted"];

    private const string Unclassified = "confidential";

    internal static bool IsHoneytoken(CredentialInfo credential) => credential.Tags.Contains(Honeytoken, StringComparer.Ordinal);

    internal static string ClassificationOf(IReadOnlyList<string> tags) => Classifications.LastOrDefault(level => tags.Contains(level, StringComparer.Ordinal)) ?? Unclassified;
}
