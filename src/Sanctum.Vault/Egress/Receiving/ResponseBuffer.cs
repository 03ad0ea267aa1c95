using System.Buffers;
using System.Security.Cryptography;

namespace Sanctum.Egress.Receiving;

/// <summary>A response's bytes, as they come out of the scrubber. Counted against the budget, bounded, and wiped when it is disposed.</summary>
internal sealed class ResponseBuffer(MemoryBudget budget, int maxBytes) : IBufferWriter<byte>, IDisposable
{
    private const int FirstSize = 4096;

    private byte[] _bytes = [];

    public int Length { get; private set; }

    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, Length);

    /// <exception cref="VaultException">It is more than a reply can carry; response too large.</exception>
    public void Advance(int count)
    {
        Length += count;
        if (Length > maxBytes)
        {
            throw Errors.ResponseTooLarge(maxBytes);
        }
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Grow(Math.Max(sizeHint, 1));
        return _bytes.AsMemory(Length);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public void Dispose()
    {
        Release();
        (_bytes, Length) = ([], 0);
    }

    private void Grow(int room)
    {
        if (_bytes.Length - Length >= room)
        {
            return;
        }

        var size = Math.Max(FirstSize, Math.Max(_bytes.Length * 2, Length + room));
        budget.Take(size);
        var grown = new byte[size];
        Written.CopyTo(grown);
        Release();
        _bytes = grown;
    }

    private void Release()
    {
        CryptographicOperations.ZeroMemory(_bytes);
        budget.Return(_bytes.Length);
    }
}
