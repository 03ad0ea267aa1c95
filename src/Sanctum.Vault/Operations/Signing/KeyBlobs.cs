using System.Buffers.Binary;
using System.Formats.Asn1;

namespace Sanctum.Operations.Signing;

/// <summary>The binary forms of keys and certificates.</summary>
internal static class KeyBlobs
{
    /// <summary>The shortest that is looked at, in bytes: less holds no key in any of these forms.</summary>
    public const int MinLength = 38;

    private const int MaxDepth = 4;

    private const int MinisignPublic = 42;
    private const int MinisignSecret = 158;
    private const int SignifySecret = 104;

    public static string? KindOf(ReadOnlySpan<byte> bytes) =>
        bytes.Length < MinLength ? null
        : bytes.StartsWith("openssh-key-v1\0"u8) ? "an OpenSSH private key"
        : IsSshKey(bytes) ? "an SSH key"
        : IsJavaKeyStore(bytes) ? "a Java key store"
        : IsDer(bytes) ? "a key or certificate in DER"
        : null;

    /// <summary>Whether it begins as an SSH key does: with the length of its kind's name, and that name.</summary>
    public static bool IsSshKey(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 12 || BinaryPrimitives.ReadUInt32BigEndian(bytes) is < 7 or > 64)
        {
            return false;
        }

        var name = bytes[4..];
        return name.StartsWith("ssh-"u8) || name.StartsWith("ecdsa-sha2-"u8) || name.StartsWith("sk-ssh-"u8) || name.StartsWith("sk-ecdsa"u8);
    }

    /// <summary>Whether it is the binary part of a minisign or signify key: two letters that name the algorithm, and an exact length.</summary>
    public static bool IsMinisign(ReadOnlySpan<byte> bytes) => bytes.Length is MinisignPublic or MinisignSecret or SignifySecret && bytes.StartsWith("Ed"u8);

    private static bool IsJavaKeyStore(ReadOnlySpan<byte> bytes) =>
        BinaryPrimitives.ReadUInt32BigEndian(bytes) is 0xFEEDFEED or 0xCECECECE && BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]) is 1 or 2;

    // Keys, certificates, requests and key stores are all one SEQUENCE of two or more, the first of them a number, a name or a SEQUENCE of these.
    // Random bytes have this form once in many millions. BER too, which older key stores are in.
    private static bool IsDer(ReadOnlySpan<byte> bytes)
    {
        if (bytes[0] != 0x30 || !TryRead(bytes, out var content, out var rest) || rest.ContainsAnyExcept("\r\n\t \0"u8))
        {
            return false;
        }

        return content.Length > 0 && content[0] is 0x02 or 0x06 or 0x30 && CountWithin(content, MaxDepth) >= 2;
    }

    // How many values fill it exactly; none when they do not.
    private static int CountWithin(ReadOnlySpan<byte> content, int depth)
    {
        var count = 0;
        while (!content.IsEmpty)
        {
            var isConstructed = (content[0] & 0x20) != 0;
            if (!TryRead(content, out var inner, out var rest) || (isConstructed && depth > 0 && !inner.IsEmpty && CountWithin(inner, depth - 1) == 0))
            {
                return 0;
            }

            content = rest;
            count++;
        }

        return count;
    }

    private static bool TryRead(ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> content, out ReadOnlySpan<byte> rest)
    {
        try
        {
            if (AsnDecoder.TryReadEncodedValue(bytes, AsnEncodingRules.BER, out _, out var offset, out var length, out var consumed))
            {
                content = bytes.Slice(offset, length);
                rest = bytes[consumed..];
                return true;
            }
        }
        catch (AsnContentException)
        {
            // It says of itself that it has an end, and has none: random bytes, then.
        }

        content = default;
        rest = default;
        return false;
    }
}
