using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sanctum.Audit;

/// <summary>The bytes of an entry that are chained: compact JSON, its sequence left out because its place says it.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(AuditEntry))]
internal sealed partial class AuditJson : JsonSerializerContext
{
    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? _writer;

    public static byte[] Write(AuditEntry entry)
    {
        // On every call's way, so the writer is kept. Entries hold no secrets.
        var buffer = _buffer ??= new ArrayBufferWriter<byte>(512);
        var writer = _writer ??= new Utf8JsonWriter(buffer);
        buffer.ResetWrittenCount();
        writer.Reset(buffer);
        JsonSerializer.Serialize(writer, entry, Default.AuditEntry);
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    public static AuditEntry Read(ChainedEntry entry)
    {
        try
        {
            return JsonSerializer.Deserialize(entry.Json.Span, Default.AuditEntry)! with
            {
                Sequence = entry.Sequence,
                Mac = Convert.ToHexStringLower(entry.Mac.Span),
            };
        }
        catch (JsonException)
        {
            throw Errors.Damaged($"audit entry {entry.Sequence} can't be read");
        }
    }
}
