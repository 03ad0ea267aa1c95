using Sanctum.Text;

namespace Sanctum.Policies;

/// <summary>A policy's resource that names credentials by a tag, whatever their paths: <c>tag:production</c>. There are no patterns.</summary>
internal static class TagResource
{
    private const string Prefix = "tag:";

    // As long as a credential's tag may be.
    private const int MaxTag = 64;

    /// <summary>Whether a resource is one of them, well-formed or not.</summary>
    public static bool IsTag(string resource) => resource.StartsWith(Prefix, StringComparison.Ordinal);

    public static bool IsValid(string resource) =>
        IsTag(resource) && TagOf(resource) is { Length: > 0 } tag && LineOfText.IsValid(tag, MaxTag) && !tag.Any(letter => char.IsWhiteSpace(letter) || letter is '*' or '?' or ',');

    public static string TagOf(string resource) => resource[Prefix.Length..];
}
