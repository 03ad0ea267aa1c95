using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using Sanctum.Credentials;

namespace Sanctum.Leases;

/// <summary>Whether a secret can be delivered in the form that was asked for.</summary>
internal static class DeliverableSecret
{
    // The path, the lease's id and members' names.
    private const int AroundValue = CredentialPath.MaxLength + 256;
    private const int Chunk = 4096;
    private const int LongestEscape = 6; // \uXXXX, for one byte

    /// <exception cref="VaultException">It is not text (<see cref="VaultErrorCode.UnsupportedOperation"/>), or too large
    /// (<see cref="VaultErrorCode.ResponseTooLarge"/>).</exception>
    public static void Require(ReadOnlySpan<byte> secret, RetrievalForm form, int maxBytes)
    {
        var size = form switch
        {
            RetrievalForm.Hex => secret.Length * 2L,
            RetrievalForm.Text => Utf8.IsValid(secret) ? EscapedLength(secret) : throw Errors.SecretIsNotText(),
            _ => 0,
        };
        if (size + AroundValue > maxBytes)
        {
            throw Errors.SecretTooLarge(form, maxBytes);
        }
    }

    // Escaped piece by piece into a buffer that is zeroed, and never as a whole: it can be six times as long.
    private static long EscapedLength(ReadOnlySpan<byte> secret)
    {
        var escaped = GC.AllocateUninitializedArray<byte>(Chunk * LongestEscape, pinned: true);
        try
        {
            var length = 0L;
            while (!secret.IsEmpty)
            {
                var piece = secret[..Math.Min(Chunk, secret.Length)];
                _ = JavaScriptEncoder.Default.EncodeUtf8(piece, escaped, out var read, out var written, isFinalBlock: piece.Length == secret.Length);
                length += written;
                secret = secret[read..];
            }

            return length;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(escaped);
        }
    }
}
