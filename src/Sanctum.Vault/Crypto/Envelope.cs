using System.Buffers;
using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Sanctum.Crypto;

/// <summary>
/// Encrypts messages under one key with XAES-256-GCM (C2SP): AES-256-GCM with a 192-bit nonce, of which the first half derives a
/// key for this message alone. So random nonces are safe for as many messages as a vault will ever write. The 96 bits
/// of plain GCM are not, for a log.
/// </summary>
/// <remarks>
/// <code>nonce (24) | ciphertext (as long as the plaintext) | tag (16)</code>
/// </remarks>
internal sealed class Envelope : IDisposable
{
    public const int NonceSize = 24;
    public const int TagSize = 16;
    public const int Overhead = NonceSize + TagSize;

    private const int BlockSize = 16;
    private const int KeySize = 32;

    // A cipher is for one thread at a time, and setting its key up costs more than using it.
    private readonly ConcurrentBag<ICryptoTransform> _ready = [];
    private readonly SecretBytes _key;
    private readonly byte[] _k1;

    /// <summary>Takes the key over: it is disposed with this.</summary>
    public Envelope(SecretBytes key)
    {
        _key = key;
        _k1 = GC.AllocateArray<byte>(BlockSize, pinned: true);
        Encrypt(_k1);

        // Doubling in GF(2^128), as in CMAC (NIST SP 800-38B); without a branch on the secret's top bit.
        var carry = (byte)(0x87 & -(_k1[0] >> 7));
        for (var i = 0; i < BlockSize - 1; i++)
        {
            _k1[i] = (byte)((_k1[i] << 1) | (_k1[i + 1] >> 7));
        }

        _k1[^1] = (byte)((_k1[^1] << 1) ^ carry);
    }

    /// <summary>Encrypts under a fresh random nonce.</summary>
    public byte[] Encrypt(ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> associated)
    {
        var message = new byte[Overhead + plaintext.Length];
        RandomNumberGenerator.Fill(message.AsSpan(0, NonceSize));
        EncryptWith(message, plaintext, associated);
        return message;
    }

    /// <summary>Opens into <paramref name="plaintext"/>, which is <see cref="Overhead"/> bytes shorter.</summary>
    /// <returns>False when it was not encrypted under this key for this place; <paramref name="plaintext"/> is then zeroes.</returns>
    public bool TryDecrypt(ReadOnlySpan<byte> message, ReadOnlySpan<byte> associated, Span<byte> plaintext)
    {
        if (message.Length < Overhead)
        {
            return false;
        }

        Span<byte> derived = stackalloc byte[KeySize];
        Derive(message[..BlockSize], derived);
        using var gcm = new AesGcm(derived, TagSize);
        CryptographicOperations.ZeroMemory(derived);
        try
        {
            gcm.Decrypt(message[12..NonceSize], message[NonceSize..^TagSize], message[^TagSize..], plaintext, associated);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    public void Dispose()
    {
        _key.Dispose();
        CryptographicOperations.ZeroMemory(_k1);
        while (_ready.TryTake(out var cipher))
        {
            cipher.Dispose();
        }
    }

    internal void EncryptWith(Span<byte> message, ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> associated)
    {
        Span<byte> derived = stackalloc byte[KeySize];
        Derive(message[..BlockSize], derived);
        using var gcm = new AesGcm(derived, TagSize);
        CryptographicOperations.ZeroMemory(derived);
        gcm.Encrypt(message[12..NonceSize], plaintext, message[NonceSize..^TagSize], message[^TagSize..], associated);
    }

    // Kx = AES(K, M1 xor K1) | AES(K, M2 xor K1) with Mi = 00 0i 'X' 00 | nonce[:12].
    private void Derive(ReadOnlySpan<byte> nonce, Span<byte> derived)
    {
        for (var half = 0; half < 2; half++)
        {
            var block = derived.Slice(half * BlockSize, BlockSize);
            (block[0], block[1], block[2], block[3]) = (0, (byte)(half + 1), (byte)'X', 0);
            nonce[..12].CopyTo(block[4..]);
            for (var i = 0; i < BlockSize; i++)
            {
                block[i] ^= _k1[i];
            }
        }

        Encrypt(derived);
    }

    private void Encrypt(Span<byte> blocks)
    {
        if (!_ready.TryTake(out var cipher))
        {
            using var aes = Aes.Create();
            aes.SetKey(_key.Span);
            aes.Mode = CipherMode.ECB;
            aes.Padding = PaddingMode.None;
            cipher = aes.CreateEncryptor();
        }

        // The transform takes arrays only; what goes through it is derived key material.
        var buffer = ArrayPool<byte>.Shared.Rent(blocks.Length);
        blocks.CopyTo(buffer);
        cipher.TransformBlock(buffer, 0, blocks.Length, buffer, 0);
        buffer.AsSpan(0, blocks.Length).CopyTo(blocks);
        CryptographicOperations.ZeroMemory(buffer.AsSpan(0, blocks.Length));
        ArrayPool<byte>.Shared.Return(buffer);
        _ready.Add(cipher);
    }
}
