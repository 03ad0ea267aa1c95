using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ModelContextProtocol.Protocol;

namespace Sanctum.Mcp.Transports;

/// <summary>Reads messages, and says of one that can't be read why. Nothing of it is said again.</summary>
internal static class MessageErrors
{
    private const int ParseError = -32700;
    private const int InvalidRequest = -32600;

    /// <summary>The error that a line gets; null where it is a message.</summary>
    public static byte[]? Of(ReadOnlySequence<byte> line, JsonTypeInfo<JsonRpcMessage> type, out JsonRpcMessage? message)
    {
        message = null;
        JsonElement? parsed = null;
        try
        {
            var reader = new Utf8JsonReader(line);
            parsed = JsonElement.ParseValue(ref reader);
            if (parsed.Value.ValueKind == JsonValueKind.Array)
            {
                return Error(InvalidRequest, "batches are not part of this protocol: send one message on each line");
            }

            message = parsed.Value.Deserialize(type);
            return message is null ? Error(InvalidRequest, "a message is a JSON-RPC 2.0 object") : null;
        }
        catch (JsonException)
        {
            return parsed is null ? Error(ParseError, "this line is not JSON") : Error(InvalidRequest, "a message is a JSON-RPC 2.0 object", IdIn(parsed.Value));
        }
    }

    /// <summary>A line that is no message: what it lacks.</summary>
    public static byte[] Unreadable(ReadOnlySequence<byte> line)
    {
        try
        {
            var reader = new Utf8JsonReader(line);
            var parsed = JsonElement.ParseValue(ref reader);
            return parsed.ValueKind == JsonValueKind.Array
                ? Error(InvalidRequest, "batches are not part of this protocol: send one message on each line")
                : Error(InvalidRequest, "a message is a JSON-RPC 2.0 object, of Unicode text, in which no name is repeated", IdIn(parsed));
        }
        catch (JsonException)
        {
            return Error(ParseError, "this line is not JSON");
        }
    }

    /// <summary>A line was longer than it may be.</summary>
    public static byte[] TooLong(int most) => Error(InvalidRequest, string.Create(CultureInfo.InvariantCulture, $"a message can have at most {most} bytes"));

    /// <summary>A request has the id of one that still runs, so that responses could not be told apart.</summary>
    public static byte[] Repeated() => Error(InvalidRequest, "a request with this id is still running");

    /// <summary>The request that a notification gives up.</summary>
    public static RequestId? IdOf(JsonRpcNotification cancelled) => cancelled.Params?["requestId"] is System.Text.Json.Nodes.JsonValue value
        ? value.TryGetValue<string>(out var text) ? new RequestId(text) : value.TryGetValue<long>(out var number) ? new RequestId(number) : null
        : null;

    private static JsonElement? IdIn(JsonElement message) =>
        message.ValueKind == JsonValueKind.Object && message.TryGetProperty("id", out var id) && id.ValueKind is JsonValueKind.String or JsonValueKind.Number ? id : null;

    private static byte[] Error(int code, string message, JsonElement? id = null)
    {
        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();
            writer.WriteString("jsonrpc", "2.0");
            writer.WritePropertyName("id");
            if (id is { } known)
            {
                known.WriteTo(writer);
            }
            else
            {
                writer.WriteNullValue();
            }

            writer.WriteStartObject("error");
            writer.WriteNumber("code", code);
            writer.WriteString("message", message);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        return json.WrittenSpan.ToArray();
    }
}
