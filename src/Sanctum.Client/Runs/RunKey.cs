namespace Sanctum.Client.Runs;

/// <summary>What the requests of a run have in common.</summary>
/// <param name="Path">The credential that they go out with.</param>
/// <param name="HeaderType">As <see cref="HttpUseOptions.HeaderType"/>.</param>
/// <param name="HeaderName">As <see cref="HttpUseOptions.HeaderName"/>.</param>
internal readonly record struct RunKey(string Path, string? HeaderType, string? HeaderName);
