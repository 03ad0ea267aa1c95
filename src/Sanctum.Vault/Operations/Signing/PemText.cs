using Sanctum.Crypto;

namespace Sanctum.Operations.Signing;

/// <summary>PEM as it comes out of editors, variables and JSON: what is around it is taken off, and line breaks that are spelled out become such.</summary>
internal static class PemText
{
    /// <summary>The PEM itself; the caller disposes it.</summary>
    public static SecretBytes Of(ReadOnlySpan<byte> secret)
    {
        var text = Bare(secret);

        // On more than one line, a backslash is whatever it is there.
        if (text.ContainsAny((byte)'\r', (byte)'\n') || text.IndexOf((byte)'\\') < 0)
        {
            return new SecretBytes(text);
        }

        using var lines = new SecretBytes(text.Length);
        var length = 0;
        while (!text.IsEmpty)
        {
            var width = text.StartsWith("\\r\\n"u8) ? 4 : text.StartsWith("\\n"u8) || text.StartsWith("\\r"u8) ? 2 : 0;
            lines.Writable[length++] = width > 0 ? (byte)'\n' : text[0];
            text = text[Math.Max(1, width)..];
        }

        return new SecretBytes(lines.Span[..length]);
    }

    private static ReadOnlySpan<byte> Bare(ReadOnlySpan<byte> secret)
    {
        var text = secret.StartsWith("\uFEFF"u8) ? secret["\uFEFF"u8.Length..] : secret;
        text = text.Trim(" \t\r\n"u8);
        return text is [(byte)'"' or (byte)'\'', _, ..] && text[0] == text[^1] ? text[1..^1] : text;
    }
}
