using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sanctum.Daemon.Admin;

/// <summary>
/// Secret bytes as base64. The serialiser's own converter decodes on its thread's stack, where the secret stays
/// until something overwrites it. This one decodes in pinned memory and zeroes it.
/// </summary>
internal sealed class SecretBase64Converter : JsonConverter<byte[]>
{
    // Reading is done on one thread, from its beginning to its end.
    [ThreadStatic]
    private static List<byte[]>? _made;

    /// <summary>Notes what is decoded on this thread from now on. What was not kept by the time of disposal is zeroed.</summary>
    public static Tracking Track() => new(_made = []);

    public override byte[] Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            throw new JsonException("base64 is expected");
        }

        var text = GC.AllocateUninitializedArray<byte>(reader.HasValueSequence ? (int)reader.ValueSequence.Length : reader.ValueSpan.Length, pinned: true);
        try
        {
            var length = reader.CopyString(text);
            if (Base64.DecodeFromUtf8InPlace(text.AsSpan(0, length), out var decoded) != OperationStatus.Done)
            {
                throw new JsonException("base64 is expected");
            }

            var secret = GC.AllocateUninitializedArray<byte>(decoded, pinned: true);
            text.AsSpan(0, decoded).CopyTo(secret);
            _made?.Add(secret);
            return secret;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(text);
        }
    }

    /// <summary>The secrets that one body was found to hold.</summary>
    public readonly ref struct Tracking(List<byte[]> made)
    {
        /// <summary>They are somebody's now, who zeroes them.</summary>
        public void Keep() => made.Clear();

        public void Dispose()
        {
            _made = null;
            foreach (var secret in made)
            {
                CryptographicOperations.ZeroMemory(secret);
            }
        }
    }

    // Encodes straight into the writer's buffer.
    public override void Write(Utf8JsonWriter writer, byte[] value, JsonSerializerOptions options) => writer.WriteBase64StringValue(value);
}
