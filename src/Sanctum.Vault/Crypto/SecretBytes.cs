using System.Security.Cryptography;

namespace Sanctum.Crypto;

/// <summary>
/// Secret bytes in pinned memory, which the garbage collector does not copy about, zeroed when disposed.
/// Never prints what it holds.
/// </summary>
public sealed class SecretBytes : IDisposable
{
    private readonly byte[] _bytes;
    private bool _disposed;

    /// <summary>Zeroes of this length, to be filled.</summary>
    public SecretBytes(int length) => _bytes = GC.AllocateArray<byte>(length, pinned: true);

    /// <summary>A copy.</summary>
    public SecretBytes(ReadOnlySpan<byte> bytes)
        : this(bytes.Length) => bytes.CopyTo(_bytes);

    /// <summary>How many bytes there are.</summary>
    public int Length => _bytes.Length;

    /// <summary>The bytes, as long as this is not disposed.</summary>
    /// <exception cref="ObjectDisposedException">It has been.</exception>
    public ReadOnlySpan<byte> Span => Writable;

    internal Span<byte> Writable
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _bytes;
        }
    }

    internal byte[] Array
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _bytes;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _disposed = true;
        CryptographicOperations.ZeroMemory(_bytes);
    }

    /// <summary>Says how long it is, never what it is.</summary>
    public override string ToString() => $"[{_bytes.Length} secret bytes]";
}
