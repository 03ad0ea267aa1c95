using System.Text.Json;
using Sanctum.Cli.CommandLine;

namespace Sanctum.Cli.Mcp.Texts;

/// <summary>A value of a JSON text, and where it stands.</summary>
/// <param name="Kind">What it is: the first token of it.</param>
/// <param name="Place">Where it stands.</param>
internal sealed record JsonPart(JsonTokenType Kind, Place Place)
{
    /// <summary>A string's text.</summary>
    public string? Text { get; init; }

    /// <summary>An object's members, in their order.</summary>
    public IReadOnlyList<JsonPartMember> Members { get; init; } = [];

    /// <summary>An array's values.</summary>
    public IReadOnlyList<JsonPart> Items { get; init; } = [];

    /// <summary>The texts of an array of strings; null where it is something else.</summary>
    public IReadOnlyList<string>? Texts => Kind == JsonTokenType.StartArray && Items.All(it => it.Text is not null) ? [.. Items.Select(it => it.Text!)] : null;

    /// <summary>A member's value; null where there is none of this name.</summary>
    public JsonPart? Find(string name) => FindMember(name)?.Value;

    /// <summary>A member; null where there is none of this name.</summary>
    public JsonPartMember? FindMember(string name) => Members.FirstOrDefault(it => it.Name == name);

    /// <summary>Whether two members have one name: programs differ in which of them they read.</summary>
    public bool IsAmbiguous => Members.Select(it => it.Name).Distinct(StringComparer.Ordinal).Count() < Members.Count;

    /// <summary>Reads a text.</summary>
    /// <param name="json">The text, without a byte order mark.</param>
    /// <param name="file">Its name, for errors.</param>
    /// <param name="hasComments">Whether comments and a comma at the end are allowed.</param>
    /// <exception cref="CliException">It is malformed.</exception>
    public static JsonPart Read(ReadOnlySpan<byte> json, string file, bool hasComments)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { CommentHandling = hasComments ? JsonCommentHandling.Skip : JsonCommentHandling.Disallow, AllowTrailingCommas = hasComments });
        try
        {
            reader.Read();
            var part = Read(ref reader);
            _ = reader.Read();
            return part;
        }
        catch (JsonException malformed)
        {
            throw CliErrors.MalformedHostFile(file, $"line {malformed.LineNumber.GetValueOrDefault() + 1} is not the {(hasComments ? "JSON with comments" : "JSON, without comments,")} that the host reads", malformed);
        }
        catch (InvalidOperationException notUnicode)
        {
            throw CliErrors.MalformedHostFile(file, "it has text that is not Unicode", notUnicode);
        }
    }

    private static JsonPart Read(ref Utf8JsonReader reader)
    {
        var (kind, start) = (reader.TokenType, (int)reader.TokenStartIndex);
        switch (kind)
        {
            case JsonTokenType.StartObject:
                var members = new List<JsonPartMember>();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    var (name, at) = (reader.GetString()!, (int)reader.TokenStartIndex);
                    reader.Read();
                    members.Add(new(name, at, Read(ref reader)));
                }

                return new(kind, new(start, (int)reader.BytesConsumed)) { Members = members };
            case JsonTokenType.StartArray:
                var items = new List<JsonPart>();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    items.Add(Read(ref reader));
                }

                return new(kind, new(start, (int)reader.BytesConsumed)) { Items = items };
            default:
                return new(kind, new(start, (int)reader.BytesConsumed)) { Text = kind == JsonTokenType.String ? reader.GetString() : null };
        }
    }
}

/// <summary>A member of an object.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Start">Where its name begins.</param>
/// <param name="Value">Its value.</param>
internal sealed record JsonPartMember(string Name, int Start, JsonPart Value);
