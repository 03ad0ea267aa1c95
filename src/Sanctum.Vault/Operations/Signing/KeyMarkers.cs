using System.Text;

namespace Sanctum.Operations.Signing;

/// <summary>The words that say of a text what key it is. The text comes without white space.</summary>
internal static class KeyMarkers
{
    private static readonly (string Marker, string Kind)[] Beginnings =
    [
        ("PuTTY-User-Key-File-", "a PuTTY key"),
        ("untrustedcomment:", "a minisign or signify key"),
        ("age-encryption.org/", "an age file"),
        ("k1.public.", "a PASERK key"), ("k2.public.", "a PASERK key"), ("k3.public.", "a PASERK key"), ("k4.public.", "a PASERK key"),
        ("k1.secret.", "a PASERK key"), ("k2.secret.", "a PASERK key"), ("k3.secret.", "a PASERK key"), ("k4.secret.", "a PASERK key"),
    ];

    // Two hyphens: PEM and OpenPGP have five, SSH2 four.
    private static readonly (string Marker, string Kind)[] Anywhere =
    [
        ("--BEGIN", "PEM without a private key that can be used"),
        ("AGE-SECRET-KEY-", "an age key"), ("AGE-PLUGIN-", "an age key"),
        ("<RSAKeyValue", "a key in XML"), ("<ECKeyValue", "a key in XML"), ("<DSAKeyValue", "a key in XML"), ("KeyValue>", "a key in XML"), ("X509Certificate>", "a certificate in XML"),
        ("Public-Key:(", "a key as openssl prints it"), ("Private-Key:(", "a key as openssl prints it"),
    ];

    // bech32: "age1" and 58 characters; newer kinds have more.
    private const string AgeRecipient = "age1";
    private const int MinAgeRecipient = 62;

    private const int SshPrefix = 32;

    public static string? KindOf(ReadOnlySpan<byte> text)
    {
        foreach (var (marker, kind) in Beginnings)
        {
            if (text.Length >= marker.Length && Ascii.EqualsIgnoreCase(text[..marker.Length], marker))
            {
                return kind;
            }
        }

        foreach (var (marker, kind) in Anywhere)
        {
            if (Contains(text, marker))
            {
                return kind;
            }
        }

        return IsAgeRecipient(text) ? "an age key" : HasSshKey(text) ? "an SSH key" : null;
    }

    private static bool Contains(ReadOnlySpan<byte> text, string marker)
    {
        for (var rest = text; rest.Length >= marker.Length; rest = rest[1..])
        {
            // Only where the first character is: a long secret is gone through once.
            var at = rest[..^(marker.Length - 1)].IndexOfAny((byte)char.ToUpperInvariant(marker[0]), (byte)char.ToLowerInvariant(marker[0]));
            if (at < 0)
            {
                return false;
            }

            rest = rest[at..];
            if (Ascii.EqualsIgnoreCase(rest[..marker.Length], marker))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsAgeRecipient(ReadOnlySpan<byte> text)
    {
        if (text.Length < MinAgeRecipient || !Ascii.EqualsIgnoreCase(text[..AgeRecipient.Length], AgeRecipient))
        {
            return false;
        }

        foreach (var letter in text)
        {
            if (!char.IsAsciiLetterOrDigit((char)letter))
            {
                return false;
            }
        }

        return true;
    }

    // "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5...", also after a host or options, or without the name before it (RFC 4253, section 6.6).
    private static bool HasSshKey(ReadOnlySpan<byte> text)
    {
        for (var at = text.IndexOf("AAAA"u8); at >= 0; at = text.IndexOf("AAAA"u8))
        {
            text = text[at..];
            if (text.Length >= SshPrefix)
            {
                using var blob = DecodedText.StartOfBase64(text[..SshPrefix]);
                if (blob is not null && KeyBlobs.IsSshKey(blob.Span))
                {
                    return true;
                }
            }

            text = text[1..];
        }

        return false;
    }
}
