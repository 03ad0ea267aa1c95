namespace Sanctum.Egress.Scrubbing;

/// <summary>A piece of a text whose bytes are all in a <see cref="ByteClass"/>, or too few of them in a row.</summary>
/// <param name="End">Where it ends.</param>
/// <param name="IsRun">Whether they are.</param>
internal readonly record struct Stretch(int End, bool IsRun);
