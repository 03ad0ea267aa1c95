using System.Buffers;
using Sanctum.Egress.Scrubbing;

namespace Sanctum.Egress;

/// <summary>
/// Takes secrets out of texts, in every form that the vault looks for in responses. For a program that holds the secrets itself: the vault gives none away by it.
/// For one thread at a time. Copies of the secrets are zeroed when it is disposed.
/// </summary>
public sealed class SecretRedactor : IDisposable
{
    private readonly Needles _needles = new();
    private readonly Scrubber _scrubber;

    /// <summary>Looks for some secrets.</summary>
    /// <param name="secrets">Each of <see cref="ShortestSecret"/> to <see cref="LongestSecret"/> bytes.</param>
    /// <exception cref="ArgumentException">One is too short or too long.</exception>
    public SecretRedactor(IEnumerable<ReadOnlyMemory<byte>> secrets)
    {
        ArgumentNullException.ThrowIfNull(secrets);
        foreach (var secret in secrets)
        {
            _needles.Add(secret.Span);
        }

        _scrubber = new Scrubber(_needles);
    }

    /// <summary>The shortest secret that can be looked for, in bytes: a shorter one would be found in innocent text.</summary>
    public static int ShortestSecret => Needles.MinLength;

    /// <summary>The longest, in bytes.</summary>
    public static int LongestSecret => Needles.MaxLength;

    /// <summary>Replaces each occurrence by <c>[REDACTED]</c>.</summary>
    /// <param name="text">The text, whole.</param>
    /// <param name="output">Gets the text, if something was found.</param>
    /// <returns>How many occurrences there were; where there were none, nothing is written.</returns>
    /// <exception cref="VaultException">The search would take too long.</exception>
    public int Replace(ReadOnlySpan<byte> text, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        var before = _scrubber.Found;
        var replaced = new ArrayBufferWriter<byte>();
        if (!_scrubber.TryReplace(text, replaced))
        {
            return 0;
        }

        output.Write(replaced.WrittenSpan);
        return _scrubber.Found - before;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _scrubber.Dispose();
        _needles.Dispose();
    }
}
