namespace Sanctum.Sealing;

/// <summary>What a seal provider is called in a vault: 1 to 32 lower-case letters, digits and <c>-</c>. The passphrase's name is taken.</summary>
public static class SealProviderName
{
    /// <summary>What the passphrase is called where a provider's name stands otherwise.</summary>
    public const string Passphrase = "passphrase";

    private const int MaxLength = 32;

    /// <summary>Whether it is a name that a provider can have.</summary>
    /// <param name="name">The text.</param>
    public static bool IsValid(string name) =>
        name.Length is >= 1 and <= MaxLength && name != Passphrase && name.All(it => char.IsAsciiLetterLower(it) || char.IsAsciiDigit(it) || it == '-');
}
