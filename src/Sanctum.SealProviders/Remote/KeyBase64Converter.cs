using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sanctum.SealProviders.Remote;

/// <summary>
/// A key as base64. The serialiser's own converter decodes on its thread's stack, where the key stays until something overwrites it. This one decodes in pinned memory
/// and zeroes it; what it returns is the caller's to zero.
/// </summary>
internal sealed class KeyBase64Converter : JsonConverter<byte[]>
{
    public override byte[] Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            throw new JsonException("base64 is expected");
        }

        var text = GC.AllocateUninitializedArray<byte>(reader.HasValueSequence ? checked((int)reader.ValueSequence.Length) : reader.ValueSpan.Length, pinned: true);
        try
        {
            var length = reader.CopyString(text);
            if (Base64.DecodeFromUtf8InPlace(text.AsSpan(0, length), out var decoded) != OperationStatus.Done)
            {
                throw new JsonException("base64 is expected");
            }

            var key = GC.AllocateUninitializedArray<byte>(decoded, pinned: true);
            text.AsSpan(0, decoded).CopyTo(key);
            return key;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(text);
        }
    }

    // Encodes straight into the writer's buffer.
    public override void Write(Utf8JsonWriter writer, byte[] value, JsonSerializerOptions options) => writer.WriteBase64StringValue(value);

    /// <summary>A copy that the collector does not move; the caller zeroes it.</summary>
    public static byte[] Pinned(ReadOnlySpan<byte> key)
    {
        var copy = GC.AllocateUninitializedArray<byte>(key.Length, pinned: true);
        key.CopyTo(copy);
        return copy;
    }
}
