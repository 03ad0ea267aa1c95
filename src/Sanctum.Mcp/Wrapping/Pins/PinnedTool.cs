using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sanctum.Mcp.Wrapping.Pins;

/// <summary>What a server says of a tool, as far as a model acts on it: name, title, description, schemas and annotations. And the hash of that.</summary>
public sealed class PinnedTool
{
    private static readonly string[] Members = ["name", "title", "description", "inputSchema", "outputSchema", "annotations"];

    private static readonly JsonWriterOptions Readable = new() { Indented = true, NewLine = "\n", MaxDepth = 256, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private PinnedTool(string name, JsonElement definition)
    {
        (Name, Definition) = (name, definition);
        Hash = Convert.ToHexStringLower(SHA256.HashData(CanonicalJson.Of(definition)));
    }

    /// <summary>The tool's name.</summary>
    public string Name { get; }

    /// <summary>The members that are pinned, as the server sent them.</summary>
    public JsonElement Definition { get; }

    /// <summary>SHA-256 over the definition in canonical form (RFC 8785), in hex.</summary>
    public string Hash { get; }

    /// <summary>What a model is told, line by line, for a person to read: hidden characters are shown escaped.</summary>
    public IReadOnlyList<string> Lines() => [.. Definition.EnumerateObject().SelectMany(LinesOf).Select(Cleaning.HiddenText.Show)];

    // A description is prose of several lines; all else is data.
    private static IEnumerable<string> LinesOf(JsonProperty member) => member.Value.ValueKind == JsonValueKind.String
        ? member.Value.GetString()!.Split('\n').Select((line, at) => at == 0 ? $"{member.Name}: {line}" : $"    {line}")
        : Indented(member.Value).Split('\n').Select((line, at) => at == 0 ? $"{member.Name}: {line}" : line);

    private static string Indented(JsonElement value)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes, Readable))
        {
            value.WriteTo(writer);
        }

        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    /// <summary>Reads a tool of a list.</summary>
    /// <exception cref="JsonException">It has no name, or can't be written in canonical form.</exception>
    public static PinnedTool Of(JsonElement tool)
    {
        if (tool.ValueKind != JsonValueKind.Object || !tool.TryGetProperty("name", out var name) || name.ValueKind != JsonValueKind.String)
        {
            throw new JsonException("a tool has no name");
        }

        try
        {
            var kept = new JsonObject();
            foreach (var member in Members)
            {
                if (tool.TryGetProperty(member, out var value))
                {
                    kept[member] = JsonNode.Parse(value.GetRawText());
                }
            }

            return new PinnedTool(name.GetString()!, JsonElement.Parse(kept.ToJsonString()));
        }
        catch (Exception malformed) when (malformed is InvalidOperationException or ArgumentException)
        {
            throw new JsonException("a tool's text is not Unicode", malformed);
        }
    }
}
