namespace Sanctum.Client;

/// <summary>What has become of a call of a tool.</summary>
/// <param name="Result"><c>ok</c>, <c>failed</c>, <c>cancelled</c>, <c>lost</c> (the server ended), or <c>changed</c> (it was not made, since the server's tools have changed).</param>
/// <param name="Took">How long it took, at most a day.</param>
/// <param name="Redacted">How many occurrences of secrets were taken out of the result.</param>
/// <param name="Escaped">How many hidden characters of the result are shown escaped.</param>
public sealed record ToolReport(string Result, TimeSpan Took, int Redacted = 0, int Escaped = 0);
