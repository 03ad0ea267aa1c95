using System.Buffers;
using Sanctum.Policies;

namespace Sanctum.Egress;

/// <summary>
/// Patterns over the paths of requests, matched against the path as it is sent, escapes and all: <c>*</c> is any run of characters,
/// <c>?</c> any one. They list what is allowed, so what is spelled unlike them is refused.
/// </summary>
internal static class PathPattern
{
    private static readonly SearchValues<char> Characters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@/%?{}");

    public static bool IsValid(string pattern) =>
        pattern is ['/' or '*', ..] && pattern.Length <= Glob.MaxLength && !pattern.AsSpan().ContainsAnyExcept(Characters);
}
