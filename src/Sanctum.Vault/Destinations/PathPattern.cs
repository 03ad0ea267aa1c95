using System.Buffers;
using Sanctum.Text;

namespace Sanctum.Destinations;

/// <summary>
/// Patterns over the paths of requests, matched against the path as it is sent, escapes and all: <c>*</c> is any run of characters,
/// <c>?</c> any one. They list what is allowed, so what is spelled unlike them is refused, and what servers read in several ways.
/// </summary>
internal static class PathPattern
{
    private static readonly SearchValues<char> Characters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@/%?{}");

    /// <summary>Whether one of the patterns permits this path, in every way in which a server may read it.</summary>
    public static bool Permit(IReadOnlyList<Glob> patterns, RequestUrl url)
    {
        if (url.HasUnclearPath)
        {
            return false;
        }

        // A pattern that has parameters means them.
        var (cut, bare) = (PathReading.UpToEscapedEnd(url.Path), PathReading.WithoutParameters(url.Path));
        return patterns.Any(pattern => pattern.Matches(url.Path) && (cut is null || pattern.Matches(cut)) && (bare is null || pattern.Matches(bare) || pattern.ToString().Contains(';', StringComparison.Ordinal)));
    }

    /// <summary>How long the longest of the patterns is that match this path: how specific they are about it. 0 where none does, or there are none.</summary>
    public static int LongestMatch(IReadOnlyList<string> patterns, RequestUrl url) =>
        patterns.Where(pattern => new Glob(pattern).Matches(url.Path)).Select(pattern => pattern.Length).DefaultIfEmpty().Max();

    public static bool IsValid(string pattern) =>
        pattern is ['/' or '*', ..] && pattern.Length <= Glob.MaxLength && !pattern.AsSpan().ContainsAnyExcept(Characters);
}
