using System.Buffers;
using System.Buffers.Text;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Text;
using Sanctum.Crypto;

namespace Sanctum.Operations.Signing;

/// <summary>
/// Reads a PEM private key (RFC 7468): PKCS #8 (RFC 5958) of Ed25519, P-256 or RSA, and the older forms of the last two. What it
/// decodes it zeroes.
/// </summary>
internal static class PrivateKeyPem
{
    private const string Ed25519 = "1.3.101.112";
    private const string EllipticCurve = "1.2.840.10045.2.1";
    private const string Rsa = "1.2.840.113549.1.1.1";

    /// <summary>
    /// Whether it is PEM of any kind. Also a public key or a certificate is: neither may become an HMAC key, which everyone
    /// would know.
    /// </summary>
    public static bool IsPem(ReadOnlySpan<byte> secret) => secret.IndexOf("-----BEGIN "u8) >= 0;

    /// <summary>Reads the first private key in it. The text can have a byte order mark or quotes around it, or be one line with its line breaks as <c>\n</c>.</summary>
    public static SigningKey Read(ReadOnlySpan<byte> secret)
    {
        using var text = PemText.Of(secret);
        return ReadText(text.Span);
    }

    private static SigningKey ReadText(ReadOnlySpan<byte> secret)
    {
        var pem = secret;
        while (PemEncoding.TryFindUtf8(pem, out var fields))
        {
            switch (Encoding.UTF8.GetString(pem[fields.Label]))
            {
                case "PRIVATE KEY":
                    return Decode(pem[fields.Base64Data], ReadPkcs8);
                case "EC PRIVATE KEY":
                    return Decode(pem[fields.Base64Data], ReadEc);
                case "RSA PRIVATE KEY":
                    return Decode(pem[fields.Base64Data], ReadRsa);
                default:
                    // openssl writes "EC PARAMETERS" before the key.
                    pem = pem[fields.Location.End..];
                    break;
            }
        }

        throw Errors.NotAKeyToSignWith(KeyMaterial.KindOf(secret) ?? "PEM without a private key that can be used");
    }

    private static SigningKey Decode(ReadOnlySpan<byte> base64, Func<SecretBytes, SigningKey> read)
    {
        using var padded = new SecretBytes(Base64.GetMaxDecodedFromUtf8Length(base64.Length));
        if (Base64.DecodeFromUtf8(base64, padded.Writable, out _, out var size) != OperationStatus.Done)
        {
            throw Unreadable();
        }

        using var der = new SecretBytes(padded.Span[..size]);
        try
        {
            return read(der);
        }
        catch (Exception malformed) when (malformed is CryptographicException or AsnContentException or PlatformNotSupportedException)
        {
            throw Unreadable(malformed);
        }
    }

    private static SigningKey ReadPkcs8(SecretBytes der)
    {
        var info = new AsnReader(der.Memory, AsnEncodingRules.BER).ReadSequence();
        _ = info.ReadInteger();
        var algorithm = info.ReadSequence().ReadObjectIdentifier();
        return algorithm switch
        {
            Ed25519 => ReadEd25519(info),
            EllipticCurve => Imported(ECDsa.Create(), key => key.ImportPkcs8PrivateKey(der.Span, out _), key => new EcdsaP256Key(key)),
            Rsa => Imported(RSA.Create(), key => key.ImportPkcs8PrivateKey(der.Span, out _), key => new RsaKey(key)),
            _ => throw Errors.UnsuitableSecret("the vault can't sign with this kind of private key", "use Ed25519, P-256 or RSA"),
        };
    }

    // RFC 8410, section 7: the private key is an octet string within the octet string. Read in place, so nothing is left to zero.
    private static SigningKey ReadEd25519(AsnReader info)
    {
        var seed = info.TryReadPrimitiveOctetString(out var wrapped)
            && new AsnReader(wrapped, AsnEncodingRules.DER).TryReadPrimitiveOctetString(out var inner) ? inner : default;
        return seed.Length == 32 ? new Ed25519Key(seed.Span) : throw Unreadable();
    }

    private static SigningKey ReadEc(SecretBytes der) =>
        Imported(ECDsa.Create(), key => key.ImportECPrivateKey(der.Span, out _), key => new EcdsaP256Key(key));

    private static SigningKey ReadRsa(SecretBytes der) =>
        Imported(RSA.Create(), key => key.ImportRSAPrivateKey(der.Span, out _), key => new RsaKey(key));

    private static SigningKey Imported<T>(T key, Action<T> import, Func<T, SigningKey> wrap)
        where T : AsymmetricAlgorithm
    {
        try
        {
            import(key);
            return wrap(key);
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    private static VaultException Unreadable(Exception? inner = null) =>
        Errors.UnsuitableSecret("this private key is damaged, or of an unsupported kind", "store it again, as Ed25519, P-256 or RSA", inner);
}
