using System.Buffers;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sanctum.Protocol.Messages;

/// <summary>
/// Bytes that travel as a JSON string of lower-case hex digits. They go between the buffer and the array without ever
/// being a <see cref="string"/>, which could not be zeroed.
/// </summary>
/// <param name="Bytes">The bytes; whoever made the array zeroes it.</param>
[JsonConverter(typeof(HexBytesConverter))]
public readonly record struct HexBytes(byte[] Bytes)
{
    /// <summary>Says how long it is, never what it is.</summary>
    public override string ToString() => $"[{Bytes.Length} bytes]";
}

/// <summary>Bytes that travel as a plain JSON string, their UTF-8 text.</summary>
/// <param name="Bytes">UTF-8; whoever made the array zeroes it.</param>
[JsonConverter(typeof(Utf8TextConverter))]
public readonly record struct Utf8Text(byte[] Bytes)
{
    /// <summary>Says how long it is, never what it is.</summary>
    public override string ToString() => $"[{Bytes.Length} bytes]";
}

/// <summary>Reads and writes <see cref="HexBytes"/>; public so that other projects' generated serialisers can name it.</summary>
public sealed class HexBytesConverter : JsonConverter<HexBytes>
{
    /// <inheritdoc/>
    public override HexBytes Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            throw new JsonException("a string of hex digits is expected");
        }

        using var text = SecretText.Copy(ref reader);
        var bytes = GC.AllocateUninitializedArray<byte>(text.Span.Length / 2, pinned: true);
        if (text.Span.Length % 2 != 0 || Convert.FromHexString(text.Span, bytes, out _, out _) != OperationStatus.Done)
        {
            throw new JsonException("a string of hex digits is expected");
        }

        return new HexBytes(bytes);
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, HexBytes value, JsonSerializerOptions options)
    {
        var digits = GC.AllocateUninitializedArray<byte>(value.Bytes.Length * 2, pinned: true);
        Convert.TryToHexStringLower(value.Bytes, digits, out _);
        writer.WriteStringValue(digits);
        CryptographicOperations.ZeroMemory(digits);
    }
}

internal sealed class Utf8TextConverter : JsonConverter<Utf8Text>
{
    public override Utf8Text Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            throw new JsonException("a string is expected");
        }

        using var text = SecretText.Copy(ref reader);
        return new Utf8Text(text.Span.ToArray());
    }

    // The writer would escape on the stack or in a shared array, and leave it there: escaped here, it has only to be copied.
    public override void Write(Utf8JsonWriter writer, Utf8Text value, JsonSerializerOptions options)
    {
        const int longestEscape = 6; // \uXXXX, for one byte
        var json = GC.AllocateUninitializedArray<byte>((value.Bytes.Length * longestEscape) + 2, pinned: true);
        try
        {
            if (JavaScriptEncoder.Default.EncodeUtf8(value.Bytes, json.AsSpan(1), out _, out var length) != OperationStatus.Done)
            {
                throw new JsonException("the text is not valid UTF-8");
            }

            json[0] = json[length + 1] = (byte)'"';
            writer.WriteRawValue(json.AsSpan(0, length + 2), skipInputValidation: true);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(json);
        }
    }
}

/// <summary>A JSON string's unescaped UTF-8, in a pinned buffer that is zeroed.</summary>
internal readonly ref struct SecretText
{
    private readonly byte[] _bytes;
    private readonly int _length;

    private SecretText(byte[] bytes, int length) => (_bytes, _length) = (bytes, length);

    public ReadOnlySpan<byte> Span => _bytes.AsSpan(0, _length);

    public static SecretText Copy(ref Utf8JsonReader reader)
    {
        var size = reader.HasValueSequence ? checked((int)reader.ValueSequence.Length) : reader.ValueSpan.Length;
        var bytes = GC.AllocateUninitializedArray<byte>(size, pinned: true);
        try
        {
            return new SecretText(bytes, reader.CopyString(bytes));
        }
        catch (InvalidOperationException malformed)
        {
            throw new JsonException("the string is not valid UTF-8", malformed);
        }
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(_bytes);
}
