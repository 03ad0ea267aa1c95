using System.Text.Json;
using Sanctum.Crypto;

namespace Sanctum.Operations.Signing;

/// <summary>
/// Recognises secrets that are a key or a certificate of public-key cryptography in a form that this vault does not sign with. Such a text is never an
/// HMAC key: it may be public, and whoever has it could make every signature. Keys that are bytes without a form can't be told from random ones.
/// </summary>
internal static class KeyMaterial
{
    // PEM in base64 in base64, and no deeper: nobody means that.
    private const int MaxLayers = 3;

    private static ReadOnlySpan<byte> ByteOrderMark => "\uFEFF"u8;

    /// <summary>What it is, in words that follow "this secret is"; null when it is nothing of the kind.</summary>
    public static string? KindOf(ReadOnlySpan<byte> secret) => KindOf(secret, MaxLayers);

    /// <summary>Whether it is text in UTF-16, which a text editor may have made of a key.</summary>
    public static bool IsUtf16(ReadOnlySpan<byte> secret)
    {
        if (secret.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || secret.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
        {
            return secret.Length % 2 == 0;
        }

        // ASCII in two bytes each. A DER file has zeroes too, but not at every other place.
        return secret.Length >= 8 && secret.Length % 2 == 0 && (IsZeroAtEvery(secret, 0) || IsZeroAtEvery(secret, 1));
    }

    private static string? KindOf(ReadOnlySpan<byte> secret, int layers)
    {
        if (KeyBlobs.KindOf(secret) is { } blob)
        {
            return blob;
        }

        var isUtf16 = IsUtf16(secret);
        using var text = new CondensedText(secret, isUtf16);
        var kind = text.Length == 0 ? null : JsonKind(text.Span) ?? KeyMarkers.KindOf(text.Span) ?? EncodedKind(text.Span, layers);
        return kind is not null && isUtf16 ? $"{kind}, in UTF-16" : kind;
    }

    // A document that names keys is no key, whatever it holds: no HMAC key is written so.
    private static string? JsonKind(ReadOnlySpan<byte> text)
    {
        if (text[0] is not ((byte)'{' or (byte)'['))
        {
            return null;
        }

        return text.IndexOf("\"kty\""u8) >= 0 || text.IndexOf("'kty'"u8) >= 0 ? "a JSON Web Key"
            : text.IndexOf("--BEGIN"u8) >= 0 ? "JSON with a key in PEM"
            : IsJson(text) ? "JSON"
            : null;
    }

    private static bool IsJson(ReadOnlySpan<byte> text)
    {
        var reader = new Utf8JsonReader(text, new JsonReaderOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip });
        try
        {
            while (reader.Read())
            {
                // Read to its end: only a whole document counts.
            }

            return true;
        }
        catch (JsonException)
        {
            return false; // It begins with a bracket and is not JSON, as a random text may.
        }
    }

    private static string? EncodedKind(ReadOnlySpan<byte> text, int layers)
    {
        if (layers == 0)
        {
            return null;
        }

        using var hex = DecodedText.OfHex(text);
        if (hex is not null && KindOf(hex.Span, layers - 1) is { } inHex)
        {
            return $"the hex of {inHex}";
        }

        using var base64 = DecodedText.OfBase64(text);
        return base64 is null ? null
            : KeyBlobs.IsMinisign(base64.Span) ? "a minisign or signify key"
            : KindOf(base64.Span, layers - 1) is { } inBase64 ? $"the base64 of {inBase64}"
            : null;
    }

    private static bool IsZeroAtEvery(ReadOnlySpan<byte> secret, int parity)
    {
        for (var i = 0; i < secret.Length; i += 2)
        {
            if (secret[i + parity] != 0 || secret[i + 1 - parity] == 0)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The text without what may stand in or around a key without changing it: white space, line breaks that are spelled out, marks of encodings, quotes.</summary>
    private sealed class CondensedText : IDisposable
    {
        private readonly SecretBytes _text;
        private readonly int _length;

        public CondensedText(ReadOnlySpan<byte> secret, bool isUtf16)
        {
            _text = new SecretBytes(secret.Length);
            secret = secret.StartsWith(ByteOrderMark) ? secret[ByteOrderMark.Length..] : secret;
            var text = _text.Writable;
            for (var i = 0; i < secret.Length; i++)
            {
                var letter = secret[i];
                if (letter is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' || (isUtf16 && letter is 0 or 0xFE or 0xFF))
                {
                    continue;
                }

                if (letter == '\\' && i + 1 < secret.Length && secret[i + 1] is (byte)'n' or (byte)'r' or (byte)'t')
                {
                    i++;
                    continue;
                }

                if (IsDash(secret[i..]))
                {
                    (letter, i) = ((byte)'-', i + 2);
                }

                text[_length++] = letter;
            }

            (Start, _length) = Unquoted(text[.._length]);
        }

        private int Start { get; }

        public int Length => _length;

        public ReadOnlySpan<byte> Span => _text.Span.Slice(Start, _length);

        public void Dispose() => _text.Dispose();

        // Word processors make these of hyphens.
        private static bool IsDash(ReadOnlySpan<byte> text) => text.StartsWith("–"u8) || text.StartsWith("—"u8);

        private static (int Start, int Length) Unquoted(ReadOnlySpan<byte> text) =>
            text is [(byte)'"' or (byte)'\'' or (byte)'`', _, ..] && text[0] == text[^1] ? (1, text.Length - 2) : (0, text.Length);
    }
}
