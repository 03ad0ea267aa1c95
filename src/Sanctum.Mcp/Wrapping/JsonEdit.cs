using System.Buffers;
using System.Text.Json;

namespace Sanctum.Mcp.Wrapping;

/// <summary>Writes a message again with another list in its result.</summary>
internal static class JsonEdit
{
    private static readonly JsonWriterOptions AsItWas = new() { SkipValidation = true, MaxDepth = 256 };

    /// <param name="message">The message; its result is an object.</param>
    /// <param name="list">The name of the list in the result, which is an array there.</param>
    /// <param name="write">Writes the items.</param>
    public static ReadOnlyMemory<byte> WithItems(JsonElement message, string list, Action<Utf8JsonWriter, JsonElement> write)
    {
        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json, AsItWas))
        {
            writer.WriteStartObject();
            foreach (var member in message.EnumerateObject())
            {
                if (member.NameEquals("result"))
                {
                    WriteResult(writer, member.Value, list, write);
                }
                else
                {
                    member.WriteTo(writer);
                }
            }

            writer.WriteEndObject();
        }

        return json.WrittenMemory;
    }

    private static void WriteResult(Utf8JsonWriter writer, JsonElement result, string list, Action<Utf8JsonWriter, JsonElement> write)
    {
        writer.WriteStartObject("result");
        foreach (var member in result.EnumerateObject())
        {
            if (member.NameEquals(list))
            {
                writer.WriteStartArray(list);
                write(writer, member.Value);
                writer.WriteEndArray();
            }
            else
            {
                writer.WritePropertyName(member.Name);
                writer.WriteRawValue(member.Value.GetRawText(), skipInputValidation: true);
            }
        }

        writer.WriteEndObject();
    }
}
