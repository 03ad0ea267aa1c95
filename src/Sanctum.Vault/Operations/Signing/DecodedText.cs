using System.Buffers;
using System.Buffers.Text;
using Sanctum.Crypto;

namespace Sanctum.Operations.Signing;

/// <summary>Undoes the encodings that keys are handed around in. What is decoded is the caller's to dispose, which zeroes it.</summary>
internal static class DecodedText
{
    private static readonly SearchValues<byte> Base64Characters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_"u8);

    /// <summary>What hex digits stand for, also with <c>0x</c> before them or colons between them; null when it is no hex.</summary>
    public static SecretBytes? OfHex(ReadOnlySpan<byte> text)
    {
        text = text.StartsWith("0x"u8) ? text[2..] : text;
        if (text.Length < KeyBlobs.MinLength * 2)
        {
            return null;
        }

        using var digits = new SecretBytes(text.Length);
        var length = 0;
        foreach (var letter in text)
        {
            if (char.IsAsciiHexDigit((char)letter))
            {
                digits.Writable[length++] = letter;
            }
            else if (letter != ':')
            {
                return null;
            }
        }

        if (length % 2 != 0)
        {
            return null;
        }

        var decoded = new SecretBytes(length / 2);
        _ = Convert.FromHexString(digits.Span[..length], decoded.Writable, out _, out _);
        return decoded;
    }

    /// <summary>What base64 stands for, in either alphabet, padded or not; null when it is no base64.</summary>
    public static SecretBytes? OfBase64(ReadOnlySpan<byte> text)
    {
        text = (text.StartsWith("base64:"u8) ? text["base64:".Length..] : text).TrimEnd((byte)'=');
        return text.Length < KeyBlobs.MinLength ? null : StartOfBase64(text);
    }

    /// <summary>The same, however short.</summary>
    public static SecretBytes? StartOfBase64(ReadOnlySpan<byte> text)
    {
        if (text.Length % 4 == 1 || text.ContainsAnyExcept(Base64Characters))
        {
            return null;
        }

        using var padded = new SecretBytes((text.Length + 3) / 4 * 4);
        padded.Writable.Fill((byte)'=');
        text.Replace(padded.Writable, (byte)'-', (byte)'+');
        padded.Writable.Replace((byte)'_', (byte)'/');
        using var decoded = new SecretBytes(Base64.GetMaxDecodedFromUtf8Length(padded.Length));

        // The last letter's spare bits are no matter here, and the decoder does not mind them.
        return Base64.DecodeFromUtf8(padded.Span, decoded.Writable, out _, out var size) == OperationStatus.Done ? new SecretBytes(decoded.Span[..size]) : null;
    }
}
