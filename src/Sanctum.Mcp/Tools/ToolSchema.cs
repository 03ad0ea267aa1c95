using System.Buffers;
using System.Text.Json;

namespace Sanctum.Mcp.Tools;

/// <summary>Writes members as a JSON Schema (2020-12).</summary>
internal static class ToolSchema
{
    /// <param name="members">The object's members.</param>
    /// <param name="isClosed">Whether there can be no others.</param>
    public static JsonElement Of(IReadOnlyList<ToolMember> members, bool isClosed)
    {
        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json))
        {
            WriteObject(writer, members, isClosed);
        }

        return JsonElement.Parse(json.WrittenSpan);
    }

    private static void WriteObject(Utf8JsonWriter writer, IReadOnlyList<ToolMember> members, bool isClosed)
    {
        writer.WriteStartObject();
        writer.WriteString("type", "object");
        writer.WriteStartObject("properties");
        foreach (var member in members)
        {
            writer.WritePropertyName(member.Name);
            WriteMember(writer, member, isClosed);
        }

        writer.WriteEndObject();
        if (members.Any(member => member.IsRequired))
        {
            WriteTexts(writer, "required", members.Where(member => member.IsRequired).Select(member => member.Name));
        }

        if (isClosed)
        {
            writer.WriteBoolean("additionalProperties", value: false);
        }

        writer.WriteEndObject();
    }

    private static void WriteMember(Utf8JsonWriter writer, ToolMember member, bool isClosed)
    {
        writer.WriteStartObject();
        switch (member.Type)
        {
            case MemberType.Texts:
                writer.WriteString("type", "object");
                WriteItem(writer, "additionalProperties", "string");
                break;
            case MemberType.TextList:
                writer.WriteString("type", "array");
                WriteItem(writer, "items", "string");
                break;
            case MemberType.ObjectList:
                writer.WriteString("type", "array");
                writer.WritePropertyName("items");
                WriteObject(writer, member.Members, isClosed);
                break;
            default:
                writer.WriteString("type", NameOf(member.Type));
                break;
        }

        if (member.Summary.Length > 0)
        {
            writer.WriteString("description", member.Summary);
        }

        if (member.Values.Count > 0)
        {
            WriteTexts(writer, "enum", member.Values);
        }

        writer.WriteEndObject();
    }

    private static string NameOf(MemberType type) => type switch
    {
        MemberType.Number => "number",
        MemberType.Flag => "boolean",
        MemberType.Object => "object",
        _ => "string",
    };

    private static void WriteItem(Utf8JsonWriter writer, string name, string type)
    {
        writer.WriteStartObject(name);
        writer.WriteString("type", type);
        writer.WriteEndObject();
    }

    private static void WriteTexts(Utf8JsonWriter writer, string name, IEnumerable<string> texts)
    {
        writer.WriteStartArray(name);
        foreach (var text in texts)
        {
            writer.WriteStringValue(text);
        }

        writer.WriteEndArray();
    }
}
