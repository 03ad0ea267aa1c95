using System.Buffers;
using System.Text.Json;

namespace Sanctum.Mcp.Asking;

/// <summary>Writes JSON in one way, with members in ordinal order and numbers as they came: a host that sends the same arguments again may write them in another.</summary>
internal static class OrderedJson
{
    /// <param name="members">An object's members.</param>
    public static byte[] Of(IEnumerable<KeyValuePair<string, JsonElement>> members)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(bytes))
        {
            Write(writer, members);
        }

        return bytes.WrittenSpan.ToArray();
    }

    private static void Write(Utf8JsonWriter writer, IEnumerable<KeyValuePair<string, JsonElement>> members)
    {
        writer.WriteStartObject();
        foreach (var (name, value) in members.OrderBy(member => member.Key, StringComparer.Ordinal))
        {
            writer.WritePropertyName(name);
            Write(writer, value);
        }

        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                Write(writer, value.EnumerateObject().Select(member => KeyValuePair.Create(member.Name, member.Value)));
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in value.EnumerateArray())
                {
                    Write(writer, item);
                }

                writer.WriteEndArray();
                break;
            default:
                value.WriteTo(writer);
                break;
        }
    }
}
