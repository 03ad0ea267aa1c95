using System.Collections.Frozen;

namespace Sanctum.Egress.Aws;

/// <summary>
/// The caller's headers that are signed: those by which a service decides what to do. Proxies on the way may change any other, such as
/// <c>Accept-Encoding</c>, <c>User-Agent</c> or <c>X-Amzn-Trace-Id</c>, and a signature over one would then be wrong. (<c>Host</c> is always signed.)
/// </summary>
internal static class AwsSignedHeaders
{
    private static readonly FrozenSet<string> Names = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "Content-Type", "Content-MD5", "Content-Encoding", "Content-Disposition", "Content-Language", "If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since");

    /// <summary>Whether it is signed. AWS requires it of all that begin with <c>X-Amz-</c>.</summary>
    public static bool Contains(string name) =>
        Names.Contains(name)
        || (name.StartsWith("X-Amz-", StringComparison.OrdinalIgnoreCase) && !name.StartsWith("X-Amz-Cf-", StringComparison.OrdinalIgnoreCase));
}
