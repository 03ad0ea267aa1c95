namespace Sanctum.Egress.Scrubbing;

/// <summary>Local stand-in until the real one is merged; never committed.</summary>
internal sealed class Needles : IDisposable
{
    public const int MinLength = 8;
    public const int MaxLength = 16 * 1024;

    public void Add(ReadOnlySpan<byte> secret)
    {
    }

    public void Dispose()
    {
    }
}
