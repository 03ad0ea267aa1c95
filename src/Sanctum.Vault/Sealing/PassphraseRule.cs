namespace Sanctum.Sealing;

/// <summary>
/// What a passphrase has to be where one is set: for a new vault, and in place of another. What opens a vault or a backup is only
/// compared, so that an older one stays openable.
/// </summary>
public static class PassphraseRule
{
    /// <summary>
    /// The fewest characters. Eight is the floor of NIST SP 800-63B, and what is shorter can be tried out even at Argon2id's price;
    /// what makes a good one can't be measured, so nothing else is asked.
    /// </summary>
    public const int MinimumLength = 8;

    /// <summary>The most bytes, everywhere: what is longer is refused and never cut, because what is cut could be opened with another end.</summary>
    public const int MaximumBytes = 64 * 1024;

    /// <summary>Whether it has <see cref="MinimumLength"/> characters.</summary>
    /// <param name="passphrase">In UTF-8.</param>
    public static bool IsLongEnough(ReadOnlySpan<byte> passphrase)
    {
        // Characters, not bytes: every byte but UTF-8's continuation bytes begins one.
        var characters = 0;
        foreach (var unit in passphrase)
        {
            characters += (unit & 0xC0) != 0x80 ? 1 : 0;
        }

        return characters >= MinimumLength;
    }

    /// <summary>Refuses what must not become a vault's passphrase.</summary>
    /// <param name="passphrase">In UTF-8.</param>
    /// <param name="member">What the caller calls it.</param>
    internal static void Require(ReadOnlySpan<byte> passphrase, string member)
    {
        if (!IsLongEnough(passphrase))
        {
            throw Errors.InvalidParams(member, $"a passphrase has at least {MinimumLength} characters");
        }

        if (passphrase.Length > MaximumBytes)
        {
            throw Errors.InvalidParams(member, $"a passphrase has at most {MaximumBytes} bytes");
        }
    }
}
