namespace Sanctum.Client;

/// <summary>A signature that a credential made.</summary>
/// <param name="Value">The signature, base64.</param>
/// <param name="Algorithm">How it was made; null when neither the caller nor the vault said.</param>
public sealed record CredentialSignature(string Value, string? Algorithm);
