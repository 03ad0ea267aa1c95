namespace Sanctum.Crypto;

/// <summary>
/// Secret bytes in pinned memory, which the garbage collector does not copy about, zeroed when disposed.
/// Never prints what it holds.
/// </summary>
public sealed class SecretBytes : IDisposable
{
    private byte[]? _bytes;

    /// <summary>Zeroes of this length, to be filled.</summary>
    public SecretBytes(int length) => (_bytes, Length) = (PinnedBuffers.Take(length), length);

    /// <summary>A copy.</summary>
    public SecretBytes(ReadOnlySpan<byte> bytes)
        : this(bytes.Length) => bytes.CopyTo(_bytes);

    /// <summary>How many bytes there are.</summary>
    public int Length { get; }

    /// <summary>The bytes, as long as this is not disposed. The span must not be used after that: its memory is used again.</summary>
    /// <exception cref="ObjectDisposedException">It has been.</exception>
    public ReadOnlySpan<byte> Span => Writable;

    internal Span<byte> Writable
    {
        get
        {
            ObjectDisposedException.ThrowIf(_bytes is null, this);
            return _bytes.AsSpan(0, Length);
        }
    }

    internal ReadOnlyMemory<byte> Memory => WritableMemory;

    internal Memory<byte> WritableMemory
    {
        get
        {
            ObjectDisposedException.ThrowIf(_bytes is null, this);
            return _bytes.AsMemory(0, Length);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _bytes, null) is { } bytes)
        {
            PinnedBuffers.Return(bytes);
        }
    }

    /// <summary>Says how long it is, never what it is.</summary>
    public override string ToString() => $"[{Length} secret bytes]";
}
