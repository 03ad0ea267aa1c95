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
    public static byte[] Write(AuditEntry entry) => JsonSerializer.SerializeToUtf8Bytes(entry, Default.AuditEntry);

    public static AuditEntry Read(ChainedEntry entry)
    {
        try
        {
            return JsonSerializer.Deserialize(entry.Json.Span, Default.AuditEntry)! with { Sequence = entry.Sequence };
        }
        catch (JsonException)
        {
            throw Errors.Damaged($"audit entry {entry.Sequence} can't be read");
        }
    }
}
