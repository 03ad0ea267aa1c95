namespace Sanctum.Egress.Scrubbing;

/// <summary>
/// The secrets that <see cref="Scrubber"/>s look for. Copies, and all that is derived from them, are in pinned memory and zeroed when this is
/// disposed. Once filled it may be used by many scrubbers and threads.
/// </summary>
internal sealed class Needles : IDisposable
{
    /// <summary>The shortest secret, in bytes: a shorter one would be found in innocent text.</summary>
    public const int MinLength = 8;

    /// <summary>The longest secret, in bytes.</summary>
    public const int MaxLength = 16 * 1024;

    private readonly List<Needle> _all = [];

    /// <summary>Those to look for.</summary>
    public IReadOnlyList<Needle> All => _all;

    /// <summary>Adds what is to be looked for: a secret, a part of one, or a form of it that is not looked for anyway.</summary>
    /// <exception cref="ArgumentException">It is too short or too long.</exception>
    public void Add(ReadOnlySpan<byte> secret)
    {
        if (secret.Length is < MinLength or > MaxLength)
        {
            throw new ArgumentException($"a secret is looked for if it is {MinLength} to {MaxLength} bytes long", nameof(secret));
        }

        _all.Add(new Needle(secret));
    }

    public void Dispose()
    {
        foreach (var needle in _all)
        {
            needle.Dispose();
        }
    }
}
