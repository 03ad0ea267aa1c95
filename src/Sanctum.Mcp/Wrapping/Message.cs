using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Text.Unicode;

namespace Sanctum.Mcp.Wrapping;

/// <summary>A message of JSON-RPC, as it came. Only what decides where it goes is read; it is passed on as the bytes that it is.</summary>
internal sealed partial class Message
{
    // A name that is there twice would mean one thing here and another to the program at the other end.
    private static readonly JsonDocumentOptions Strictly = new() { AllowDuplicateProperties = false, MaxDepth = 256 };

    private Message(ReadOnlyMemory<byte> bytes, JsonElement root)
    {
        (Bytes, Root) = (bytes, root);
        Method = Text(root, "method");
        Id = KeyOf(root, "id");
    }

    /// <summary>All of it, without the line's end.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>The same, read.</summary>
    public JsonElement Root { get; }

    /// <summary>The method; null for a response.</summary>
    public string? Method { get; }

    /// <summary>The id in a form by which two are compared; null for none.</summary>
    public string? Id { get; }

    public bool IsRequest => Method is not null && Id is not null;

    public bool IsResponse => Method is null && Id is not null;

    /// <summary>The parameters; undefined for none.</summary>
    public JsonElement Params => Root.TryGetProperty("params", out var parameters) ? parameters : default;

    /// <summary>Reads one.</summary>
    /// <returns>It; null for what is no message.</returns>
    public static Message? Read(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            if (!Utf8.IsValid(bytes.Span))
            {
                return null;
            }

            var root = JsonElement.Parse(bytes.Span, Strictly);
            if (root.ValueKind != JsonValueKind.Object)
            {
                return null;
            }

            var read = new Message(bytes, root);
            return read.Method is null && read.Id is null && !IsErrorOfNobody(root) ? null : read;
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            // A method or an id that is no Unicode text, among others.
            return null;
        }
    }

    /// <summary>An id's key, wherever it stands: 1 and "1" are two ids.</summary>
    public static string? KeyOf(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var id)
            ? id.ValueKind switch
            {
                JsonValueKind.String => "s" + id.GetString(),
                JsonValueKind.Number => "n" + (id.TryGetInt64(out var whole) ? whole.ToString(CultureInfo.InvariantCulture) : id.GetRawText()),
                _ => null,
            }
            : null;

    /// <summary>The id that a message seems to have that can't be read, or that is not all there: it is at the start or at the end in most programs' messages.</summary>
    public static string? GuessId(ReadOnlySequence<byte> ends)
    {
        var text = Encoding.UTF8.GetString(ends.ToArray());
        var found = AtStart.Match(text) is { Success: true } start ? start : AtEnd.Match(text);
        return !found.Success ? null : found.Groups["number"] is { Success: true } number ? "n" + number.Value : "s" + found.Groups["text"].Value;
    }

    private static bool IsErrorOfNobody(JsonElement root) => root.TryGetProperty("error", out _) && root.TryGetProperty("id", out var id) && id.ValueKind == JsonValueKind.Null;

    private static string? Text(JsonElement parent, string name) => parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    [GeneratedRegex("""^\{\s*("jsonrpc"\s*:\s*"2\.0"\s*,\s*)?"id"\s*:\s*((?<number>[0-9]{1,18})|"(?<text>[A-Za-z0-9._:-]{1,64})")""")]
    private static partial Regex AtStart { get; }

    [GeneratedRegex("""[}\]"]\s*,\s*("jsonrpc"\s*:\s*"2\.0"\s*,\s*)?"id"\s*:\s*((?<number>[0-9]{1,18})|"(?<text>[A-Za-z0-9._:-]{1,64})")\s*(,\s*"jsonrpc"\s*:\s*"2\.0"\s*)?\}\s*$""")]
    private static partial Regex AtEnd { get; }
}
