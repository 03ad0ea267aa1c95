using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sanctum.Mcp.Tools;

/// <summary>What a call gives a tool, checked: nothing unknown, nothing missing, everything of its type. Hosts don't check, and a model that is told corrects itself.</summary>
internal sealed class ToolArguments
{
    private readonly IReadOnlyDictionary<string, JsonElement> _given;

    private ToolArguments(IReadOnlyDictionary<string, JsonElement> given) => _given = given;

    /// <exception cref="ToolArgumentException">They are not what the tool takes.</exception>
    public static ToolArguments Read(ToolDescription tool, IEnumerable<KeyValuePair<string, JsonElement>>? arguments)
    {
        // A host that leaves something out may write null.
        Dictionary<string, JsonElement> given = new((arguments ?? []).Where(argument => argument.Value.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined)), StringComparer.Ordinal);
        foreach (var name in given.Keys.Where(name => tool.Parameters.All(parameter => parameter.Name != name)))
        {
            throw new ToolArgumentException($"there is no argument '{ShortOf(name)}'; {tool.Name} takes {Listed(tool)}");
        }

        foreach (var parameter in tool.Parameters)
        {
            if (!given.TryGetValue(parameter.Name, out var value))
            {
                _ = parameter.IsRequired ? throw new ToolArgumentException($"'{parameter.Name}' is missing; {tool.Name} takes {Listed(tool)}") : 0;
            }
            else if (!IsOf(parameter, value))
            {
                throw new ToolArgumentException($"'{parameter.Name}' must be {InWords(parameter)}");
            }
        }

        return new ToolArguments(given);
    }

    /// <summary>A text that is required.</summary>
    public string Text(string name) => _given[name].GetString()!;

    /// <summary>A text; null where it was left out.</summary>
    public string? OptionalText(string name) => _given.TryGetValue(name, out var value) ? value.GetString() : null;

    /// <summary>A number; null where it was left out.</summary>
    public double? OptionalNumber(string name) => _given.TryGetValue(name, out var value) ? value.GetDouble() : null;

    /// <summary>A list of texts; empty where it was left out.</summary>
    public IReadOnlyList<string> OptionalTexts(string name) => _given.TryGetValue(name, out var value) ? [.. value.EnumerateArray().Select(text => text.GetString()!)] : [];

    /// <summary>A number of seconds; null where it was left out.</summary>
    /// <exception cref="ToolArgumentException">It is not a whole number that a time can have.</exception>
    public TimeSpan? OptionalSeconds(string name) => !_given.TryGetValue(name, out var value) ? null
        : value.TryGetInt32(out var seconds) && seconds > 0 ? TimeSpan.FromSeconds(seconds)
        : throw new ToolArgumentException($"'{name}' must be a whole number of seconds");

    /// <summary>All of them but one, as an object.</summary>
    public JsonObject Without(string name)
    {
        var rest = new JsonObject();
        foreach (var (other, value) in _given.Where(argument => argument.Key != name))
        {
            rest[other] = JsonNode.Parse(value.GetRawText());
        }

        return rest;
    }

    private static bool IsOf(ToolMember parameter, JsonElement value) => parameter.Type switch
    {
        MemberType.Text => value.ValueKind == JsonValueKind.String && (parameter.Values.Count == 0 || parameter.Values.Contains(value.GetString()!, StringComparer.Ordinal)),
        MemberType.Number => value.ValueKind == JsonValueKind.Number,
        MemberType.Flag => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        MemberType.Texts => value.ValueKind == JsonValueKind.Object && value.EnumerateObject().All(member => member.Value.ValueKind == JsonValueKind.String),
        MemberType.Object => value.ValueKind == JsonValueKind.Object,
        MemberType.TextList => value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String),
        _ => value.ValueKind == JsonValueKind.Array,
    };

    private static string InWords(ToolMember parameter) => parameter.Type switch
    {
        MemberType.Text when parameter.Values.Count > 0 => string.Join(", ", parameter.Values),
        MemberType.Text => "a string",
        MemberType.Number => "a number",
        MemberType.Flag => "true or false",
        MemberType.Texts => "an object of strings",
        MemberType.Object => "an object",
        MemberType.TextList => "a list of strings",
        _ => "a list",
    };

    private static string Listed(ToolDescription tool) => tool.Parameters.Count == 0 ? "none" : string.Join(", ", tool.Parameters.Select(parameter => parameter.Name));

    // A name can be anything, also a secret in the wrong place.
    private static string ShortOf(string name) => name.Length <= 32 && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-') ? name : "…";
}

/// <summary>A call's arguments are not what the tool takes.</summary>
/// <param name="message">Which, and what it takes.</param>
internal sealed class ToolArgumentException(string message) : Exception(message);
