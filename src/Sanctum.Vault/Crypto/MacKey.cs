using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Sanctum.Crypto;

/// <summary>HMAC-SHA256 under one key, for many threads.</summary>
/// <param name="key">Taken over: it is disposed with this.</param>
internal sealed class MacKey(SecretBytes key) : IDisposable
{
    public const int Size = 32;

    // Keyed hashes are kept ready: setting one up costs as much as a short message.
    private readonly ConcurrentBag<IncrementalHash> _ready = [];

    public void Compute(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<byte> mac)
    {
        if (!_ready.TryTake(out var hash))
        {
            hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key.Span);
        }

        hash.AppendData(first);
        hash.AppendData(second);
        hash.GetHashAndReset(mac);
        _ready.Add(hash);
    }

    public void Dispose()
    {
        key.Dispose();
        while (_ready.TryTake(out var hash))
        {
            hash.Dispose();
        }
    }
}
