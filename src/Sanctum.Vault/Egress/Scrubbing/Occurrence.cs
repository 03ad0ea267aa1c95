namespace Sanctum.Egress.Scrubbing;

/// <summary>Where a secret stands in a text.</summary>
internal readonly record struct Occurrence(int Start, int End);
