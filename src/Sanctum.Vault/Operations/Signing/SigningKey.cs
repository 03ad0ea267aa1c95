using Sanctum.Credentials;
using Sanctum.Crypto;

namespace Sanctum.Operations.Signing;

/// <summary>
/// A secret, read as the one kind of key that it is. The kind decides the algorithms, never the call: otherwise a call could have
/// a private key's text used as an HMAC key (key confusion). Lives for one call; what it expanded is zeroed with it.
/// </summary>
internal abstract class SigningKey : IDisposable
{
    /// <summary>What it can sign with; the first is the default.</summary>
    public abstract IReadOnlyList<string> Algorithms { get; }

    /// <summary>The most bytes that a signature has.</summary>
    public abstract int MaxSignatureSize { get; }

    /// <summary>Reads a credential's secret.</summary>
    /// <exception cref="VaultException">It is a key that this vault can't sign with, or a public one; unsupported operation.</exception>
    public static SigningKey Open(CredentialInfo credential, SecretBytes secret)
    {
        if (PrivateKeyPem.IsPem(secret.Span))
        {
            return PrivateKeyPem.Read(secret.Span);
        }

        return string.Equals(credential.Type, SignAlgorithms.Ed25519, StringComparison.Ordinal)
            ? Ed25519Seed.Read(secret.Span)
            : KeyMaterial.KindOf(secret.Span) is { } kind ? throw Errors.NotAKeyToSignWith(kind)
            : new SymmetricKey(secret);
    }

    /// <summary>The algorithm to use: the one that the call names, if it is one of this key's, or the default.</summary>
    public string Choose(string? requested)
    {
        if (requested is null)
        {
            return Algorithms[0];
        }

        return Algorithms.Contains(requested, StringComparer.Ordinal) ? requested : throw Errors.UnsuitableAlgorithm(requested, Algorithms);
    }

    /// <summary>Signs, and says how many bytes the signature has.</summary>
    public abstract int Sign(string algorithm, ReadOnlySpan<byte> data, Span<byte> signature);

    /// <summary>Signs in the form that JSON Web Signatures take (RFC 7518, section 3).</summary>
    public virtual int SignForJws(string algorithm, ReadOnlySpan<byte> data, Span<byte> signature) => Sign(algorithm, data, signature);

    public abstract bool Verify(string algorithm, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature);

    public abstract void Dispose();
}
