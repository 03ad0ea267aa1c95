using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sanctum.EndToEnd.Tests.Harness;

/// <summary>What a JSON object consists of, exactly: published clients read these members and no others.</summary>
internal static class Shape
{
    /// <summary>The object, if it has these members and no others.</summary>
    /// <param name="node">What should be the object.</param>
    /// <param name="members"><c>name:kind</c> each, with spaces between them; no text for <c>{}</c>.</param>
    public static JsonObject Of(JsonNode? node, string members)
    {
        var found = Assert.IsType<JsonObject>(node);
        var expected = members.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(it => it.Split(':')).ToDictionary(it => it[0], it => it[1]);
        Assert.Equal(expected.Keys.Order(StringComparer.Ordinal), found.Select(it => it.Key).Order(StringComparer.Ordinal));
        Assert.All(expected, it => Assert.True(Is(found[it.Key], it.Value), $"'{it.Key}' is no {it.Value}: {found[it.Key]?.ToJsonString() ?? "null"}"));
        return found;
    }

    private static bool Is(JsonNode? node, string kind) => kind switch
    {
        "true" => node?.GetValueKind() is JsonValueKind.True,
        "boolean" => node?.GetValueKind() is JsonValueKind.True or JsonValueKind.False,
        "integer" => node is JsonValue value && value.TryGetValue<long>(out _),
        "array" => node is JsonArray,
        "object" => node is JsonObject,
        "string" => node?.GetValueKind() is JsonValueKind.String,
        "hex" => Is(node, "string") && ((string)node!).Length % 2 == 0 && !((string)node!).AsSpan().ContainsAnyExcept("0123456789abcdef"),
        "time" => Is(node, "string") && DateTimeOffset.TryParseExact(
            (string?)node, ["yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd'T'HH:mm:ssK"], CultureInfo.InvariantCulture, DateTimeStyles.None, out _),
        _ => throw new ArgumentException($"there is no kind '{kind}'", nameof(kind)),
    };
}
