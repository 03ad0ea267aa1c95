using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sanctum.Client.Connections;

/// <summary>A header's value in a reply. Ours is one string, which joins what was sent on several lines; other daemons send an array of the lines.</summary>
[JsonConverter(typeof(HeaderLinesConverter))]
internal readonly record struct HeaderLines(IReadOnlyList<string> Values);

internal sealed class HeaderLinesConverter : JsonConverter<HeaderLines>
{
    public override HeaderLines Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            return new HeaderLines([reader.GetString()!]);
        }

        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new JsonException("a header's value is a string, or an array of strings");
        }

        var values = new List<string>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            values.Add(reader.TokenType == JsonTokenType.String ? reader.GetString()! : throw new JsonException("a line of a header is a string"));
        }

        return new HeaderLines(values);
    }

    public override void Write(Utf8JsonWriter writer, HeaderLines value, JsonSerializerOptions options) =>
        throw new NotSupportedException("replies are only read here");
}
