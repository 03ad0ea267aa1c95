namespace Sanctum.Operations.Signing;

/// <summary>
/// A signature algorithm as a token's header names it (RFC 7518, section 3.1; RFC 8037, section 3.1), and as policies do. Private
/// keys only: under a shared secret whoever verifies tokens could make them.
/// </summary>
internal sealed record JwsAlgorithm(string Name, string SignAlgorithm)
{
    // Where a key has two, the first is the default: RS256 is the one that every verifier knows.
    private static readonly JwsAlgorithm[] All =
    [
        new("RS256", SignAlgorithms.RsaPkcs1Sha256),
        new("PS256", SignAlgorithms.RsaPssSha256),
        new("ES256", SignAlgorithms.EcdsaP256Sha256),
        new("EdDSA", SignAlgorithms.Ed25519),
    ];

    /// <summary>The algorithm to use: the one that the call names, if it is one of this key's, or the key's default.</summary>
    /// <exception cref="VaultException">The key has none, or not that one; unsupported operation.</exception>
    public static JwsAlgorithm Choose(SigningKey key, string? requested)
    {
        JwsAlgorithm[] suitable = [.. All.Where(algorithm => key.Algorithms.Contains(algorithm.SignAlgorithm, StringComparer.Ordinal))];
        if (suitable.Length == 0)
        {
            throw Errors.UnsuitableSecret(
                "this credential can't sign tokens: its secret is not a private key",
                "use a credential with a PEM private key: RSA, P-256 or Ed25519");
        }

        return requested is null
            ? suitable[0]
            : suitable.FirstOrDefault(algorithm => string.Equals(algorithm.Name, requested, StringComparison.Ordinal))
                ?? throw Errors.UnsuitableAlgorithm(requested, [.. suitable.Select(algorithm => algorithm.Name)]);
    }
}
