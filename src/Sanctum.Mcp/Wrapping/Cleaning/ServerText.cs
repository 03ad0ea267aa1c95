using System.Buffers;
using System.Text.Json;

namespace Sanctum.Mcp.Wrapping.Cleaning;

/// <summary>Takes secrets out of what a server sends, and shows what is hidden in it.</summary>
internal static class ServerText
{
    private static readonly JsonReaderOptions Deep = new() { MaxDepth = 256 };

    /// <summary>Cleans a message.</summary>
    /// <param name="message">A JSON text.</param>
    /// <param name="secrets">What is taken out; null for nothing.</param>
    public static Cleaned Clean(ReadOnlyMemory<byte> message, ISecretFilter? secrets)
    {
        var (text, redacted) = secrets is null ? (message, 0) : Redact(message, secrets);
        var output = new ArrayBufferWriter<byte>();
        var escaped = HiddenText.ShowInJson(text.Span, output);
        return new Cleaned(escaped > 0 ? output.WrittenMemory : text, text, redacted, escaped);
    }

    private static (ReadOnlyMemory<byte> Text, int Found) Redact(ReadOnlyMemory<byte> message, ISecretFilter secrets)
    {
        var output = new ArrayBufferWriter<byte>();
        var found = secrets.Replace(message.Span, output);
        var whole = found > 0 ? output.WrittenMemory : message;

        // Each string once more for itself, as the program that reads it will see it: without JSON's escapes, and without what nobody sees between two letters.
        var again = new ArrayBufferWriter<byte>();
        try
        {
            var inStrings = RedactStrings(whole.Span, secrets, again);
            return (inStrings > 0 ? again.WrittenMemory : whole, found + inStrings);
        }
        catch (JsonException malformed)
        {
            // What was taken out was no text, such as a list of numbers: what is left is no message.
            throw new SecretFilterException("a message without its secrets is malformed", malformed);
        }
    }

    private static int RedactStrings(ReadOnlySpan<byte> json, ISecretFilter secrets, ArrayBufferWriter<byte> output)
    {
        var reader = new Utf8JsonReader(json, Deep);
        var (found, written) = (0, 0);
        while (reader.Read())
        {
            if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName) || !(reader.ValueIsEscaped || reader.ValueSpan.ContainsAnyInRange((byte)0x7F, byte.MaxValue)))
            {
                continue;
            }

            if (RedactString(reader.ValueSpan, secrets) is var (text, count) && count > 0)
            {
                output.Write(json[written..(int)reader.TokenStartIndex]);
                output.Write(JsonSerializer.SerializeToUtf8Bytes(System.Text.Encoding.UTF8.GetString(text), TextJson.Default.String));
                written = (int)reader.TokenStartIndex + reader.ValueSpan.Length + 2;
                found += count;
            }
        }

        if (found > 0)
        {
            output.Write(json[written..]);
        }

        return found;
    }

    private static (byte[] Text, int Found) RedactString(ReadOnlySpan<byte> spelled, ISecretFilter secrets)
    {
        var output = new ArrayBufferWriter<byte>();
        var found = secrets.Replace(JsonCharacter.Text(spelled), output);
        if (found == 0)
        {
            found = secrets.Replace(JsonCharacter.Text(spelled, code => !HiddenText.IsHidden(code, 0, 0)), output);
        }

        return (output.WrittenSpan.ToArray(), found);
    }
}

/// <summary>A message that was cleaned.</summary>
/// <param name="Bytes">It; the same where nothing was done.</param>
/// <param name="WithHidden">The same with its hidden characters, and without secrets.</param>
/// <param name="Redacted">How many occurrences of secrets were taken out.</param>
/// <param name="Escaped">How many hidden characters are shown escaped.</param>
internal readonly record struct Cleaned(ReadOnlyMemory<byte> Bytes, ReadOnlyMemory<byte> WithHidden, int Redacted, int Escaped);
