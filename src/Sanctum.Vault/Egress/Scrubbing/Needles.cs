using Sanctum.Crypto;

namespace Sanctum.Egress.Scrubbing;

/// <summary>
/// The secrets that <see cref="Scrubber"/>s look for. Copies, and all that is derived from them, are in pinned memory and zeroed when this is
/// disposed. Once filled it may be used by many scrubbers and threads.
/// </summary>
/// <param name="kept">Where those of secrets are that are sent again and again; null to make each anew.</param>
internal sealed class Needles(KeptNeedles? kept = null) : IDisposable
{
    /// <summary>The shortest secret, in bytes: a shorter one would be found in innocent text.</summary>
    public const int MinLength = 8;

    /// <summary>The longest secret, in bytes.</summary>
    public const int MaxLength = 16 * 1024;

    private const int MinLengthElsewhere = 4;

    private readonly List<Needle> _all = [];
    private readonly List<Needle> _own = [];
    private readonly List<KeptNeedles.Kept> _taken = [];

    /// <summary>Those to look for.</summary>
    public IReadOnlyList<Needle> All => _all;

    /// <summary>Adds what is to be looked for: a secret, a part of one, or a form of it that is not looked for anyway.</summary>
    /// <param name="secret">It.</param>
    /// <param name="once">Whether it will not be looked for again.</param>
    /// <exception cref="ArgumentException">It is too short or too long.</exception>
    public void Add(ReadOnlySpan<byte> secret, bool once = false)
    {
        if (secret.Length is < MinLength or > MaxLength)
        {
            throw new ArgumentException($"a secret is looked for if it is {MinLength} to {MaxLength} bytes long", nameof(secret));
        }

        Make(secret, once);
        if (secret.ContainsAnyInRange((byte)0x80, byte.MaxValue))
        {
            AddInOtherCharsets(secret);
        }
    }

    public void Dispose()
    {
        _all.Clear();
        _own.ForEach(needle => needle.Dispose());
        _own.Clear();
        _taken.ForEach(taken => kept!.Return(taken));
        _taken.Clear();
    }

    private void Make(ReadOnlySpan<byte> secret, bool once = false)
    {
        if (kept is null || once || secret.Length > KeptNeedles.Longest)
        {
            _own.Add(new Needle(secret));
            _all.Add(_own[^1]);
            return;
        }

        _taken.Add(kept.Take(secret));
        _all.Add(_taken[^1].Needle);
    }

    private void AddInOtherCharsets(ReadOnlySpan<byte> secret)
    {
        using var encoded = new SecretBytes(secret.Length);
        using var encodedForWindows = new SecretBytes(secret.Length);
        var length = Charsets.Encode(secret, isWindows: false, encoded.Writable);
        var lengthForWindows = Charsets.Encode(secret, isWindows: true, encodedForWindows.Writable);
        AddIfNew(encoded.Span[..length], secret);
        AddIfNew(encodedForWindows.Span[..lengthForWindows], encoded.Span[..length]);
        using var misread = Charsets.Misread(secret, isWindows: false);
        using var misreadByWindows = Charsets.Misread(secret, isWindows: true);
        AddIfNew(misread.Span, secret);
        AddIfNew(misreadByWindows.Span, misread.Span);
    }

    // No shorter than what is likely to be in a text by chance: such bytes are rarer there than letters.
    private void AddIfNew(ReadOnlySpan<byte> spelled, ReadOnlySpan<byte> other)
    {
        if (spelled.Length >= MinLengthElsewhere && !spelled.SequenceEqual(other))
        {
            Make(spelled);
        }
    }
}
