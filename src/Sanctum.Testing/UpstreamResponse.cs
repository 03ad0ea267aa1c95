namespace Sanctum.Testing;

/// <summary>What an <see cref="UpstreamRecorder"/> responds.</summary>
/// <param name="Status">The status.</param>
/// <param name="Body">The body.</param>
/// <param name="ContentType">Its type.</param>
public sealed record UpstreamResponse(int Status = 200, string Body = "ok", string ContentType = "text/plain; charset=utf-8")
{
    /// <summary>Other headers, such as <c>Retry-After</c>. Default: none.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();
}
