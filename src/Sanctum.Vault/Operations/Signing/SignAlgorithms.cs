namespace Sanctum.Operations.Signing;

/// <summary>The algorithms of the protocol, by name.</summary>
internal static class SignAlgorithms
{
    public const string HmacSha256 = "hmac-sha256";
    public const string HmacSha384 = "hmac-sha384";
    public const string HmacSha512 = "hmac-sha512";
    public const string Ed25519 = "ed25519";
    public const string EcdsaP256Sha256 = "ecdsa-p256-sha256";
    public const string RsaPssSha256 = "rsa-pss-sha256";
    public const string RsaPkcs1Sha256 = "rsa-pkcs1-sha256";

    public static IReadOnlyList<string> All { get; } =
        [HmacSha256, HmacSha384, HmacSha512, Ed25519, EcdsaP256Sha256, RsaPssSha256, RsaPkcs1Sha256];

    public static bool IsKnown(string name) => All.Contains(name, StringComparer.Ordinal);
}
