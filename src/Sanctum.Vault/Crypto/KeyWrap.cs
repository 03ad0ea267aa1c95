using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Sanctum.Crypto;

/// <summary>
/// Wraps data keys with AES-256-GCM under random 96-bit nonces. One wrapping per version of a credential stays far below the 2^32
/// that NIST SP 800-38D allows a key. So it needs no longer nonce, as <see cref="Envelope"/> has, and unwrapping is quick: every call does it.
/// </summary>
/// <remarks><code>nonce (12) | wrapped key (32) | tag (16)</code></remarks>
/// <param name="key">Taken over: it is disposed with this.</param>
internal sealed class KeyWrap(SecretBytes key) : IDisposable
{
    public const int KeySize = 32;
    public const int WrappedSize = NonceSize + KeySize + Envelope.TagSize;
    private const int NonceSize = 12;

    // An AesGcm is for one thread at a time, and costs more to make than to use.
    private readonly ConcurrentBag<AesGcm> _ready = [];

    public void Wrap(ReadOnlySpan<byte> dataKey, ReadOnlySpan<byte> associated, Span<byte> wrapped)
    {
        RandomNumberGenerator.Fill(wrapped[..NonceSize]);
        var gcm = Take();
        gcm.Encrypt(wrapped[..NonceSize], dataKey, wrapped[NonceSize..^Envelope.TagSize], wrapped[^Envelope.TagSize..], associated);
        _ready.Add(gcm);
    }

    /// <returns>False when it was not wrapped under this key for this place.</returns>
    public bool TryUnwrap(ReadOnlySpan<byte> wrapped, ReadOnlySpan<byte> associated, Span<byte> dataKey)
    {
        var gcm = Take();
        try
        {
            gcm.Decrypt(wrapped[..NonceSize], wrapped[NonceSize..^Envelope.TagSize], wrapped[^Envelope.TagSize..], dataKey, associated);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
        finally
        {
            _ready.Add(gcm);
        }
    }

    public void Dispose()
    {
        key.Dispose();
        while (_ready.TryTake(out var gcm))
        {
            gcm.Dispose();
        }
    }

    private AesGcm Take() => _ready.TryTake(out var gcm) ? gcm : new AesGcm(key.Span, Envelope.TagSize);
}
