using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;
using Sanctum.Protocol.Framing;
using Sanctum.Protocol.Messages;

namespace Sanctum.Protocol;

/// <summary>A request's envelope: <c>{"id": 1, "method": "list", "params": {…}}</c>.</summary>
public readonly struct RpcRequest
{
    private static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = FrameLimits.Depth };

    private readonly ReadOnlyMemory<byte> _params;

    private RpcRequest(long id, string method, bool jsonRpc, ReadOnlyMemory<byte> parameters) =>
        (Id, Method, JsonRpc, _params) = (id, method, jsonRpc, parameters);

    /// <summary>The client's number for this request; the reply carries the same.</summary>
    public long Id { get; }

    /// <summary>The method's name, as sent.</summary>
    public string Method { get; }

    /// <summary>Whether <c>"jsonrpc": "2.0"</c> was sent, which the reply then mirrors.</summary>
    public bool JsonRpc { get; }

    /// <summary>Reads a frame's payload.</summary>
    /// <param name="payload">The payload. The request keeps a view of it.</param>
    /// <param name="id">The request's id, or 0 when it could not be read: what an error is answered with.</param>
    /// <exception cref="RpcException">It is not a well-formed request; the code is <see cref="ErrorCode.InvalidRequest"/>.</exception>
    public static RpcRequest Parse(ReadOnlyMemory<byte> payload, out long id)
    {
        id = 0;
        if (!Utf8.IsValid(payload.Span))
        {
            throw Invalid("the frame is not valid UTF-8");
        }

        try
        {
            return Read(payload, ref id);
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException or FormatException)
        {
            throw Invalid("the frame is not a JSON object of the expected form", inner: malformed);
        }
    }

    /// <summary>Reads <c>params</c>; when there are none, an empty object is read.</summary>
    /// <exception cref="RpcException">They are not what the method takes; the code is <see cref="ErrorCode.InvalidParams"/> and
    /// <c>context.member</c> names the member, where it is one.</exception>
    public T ReadParams<T>(JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(_params.IsEmpty ? "{}"u8 : _params.Span, type)
                ?? throw InvalidParams.NotAnObject();
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            throw InvalidParams.From(malformed);
        }
    }

    private static RpcRequest Read(ReadOnlyMemory<byte> payload, ref long id)
    {
        var reader = new Utf8JsonReader(payload.Span, ReaderOptions);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw Invalid("a request is a JSON object");
        }

        string? method = null;
        bool hasId = false, hasParams = false, jsonRpc = false;
        ReadOnlyMemory<byte> parameters = default;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("id"u8))
            {
                Once(hasId, "id");
                reader.Read();
                if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out var number))
                {
                    throw Invalid("'id' must be an integer", "id");
                }

                (id, hasId) = (number, true);
            }
            else if (reader.ValueTextEquals("method"u8))
            {
                Once(method is not null, "method");
                reader.Read();
                method = reader.TokenType == JsonTokenType.String
                    ? reader.GetString()!
                    : throw Invalid("'method' must be a string", "method");
            }
            else if (reader.ValueTextEquals("params"u8))
            {
                Once(hasParams, "params");
                reader.Read();
                var start = (int)reader.TokenStartIndex;
                if (reader.TokenType is not JsonTokenType.StartObject and not JsonTokenType.Null)
                {
                    throw Invalid("'params' must be an object", "params");
                }

                var isNull = reader.TokenType == JsonTokenType.Null;
                SkipText(ref reader);
                hasParams = true;
                parameters = isNull ? default : payload[start..(int)reader.BytesConsumed];
            }
            else if (reader.ValueTextEquals("jsonrpc"u8))
            {
                Once(jsonRpc, "jsonrpc");
                reader.Read();
                jsonRpc = reader.TokenType == JsonTokenType.String && reader.ValueTextEquals("2.0"u8)
                    ? true
                    : throw Invalid("'jsonrpc', where it is sent, must be \"2.0\"", "jsonrpc");
            }
            else
            {
                throw Invalid("a request has the members id, method and params, and no others");
            }
        }

        // The reader itself refuses anything but white space after the object.
        while (reader.Read())
        {
        }

        if (!hasId)
        {
            throw Invalid("'id' is missing", "id");
        }

        return new RpcRequest(id, method ?? throw Invalid("'method' is missing", "method"), jsonRpc, parameters);
    }

    // As the reader's own Skip, but an escape that is half a character is refused here and not wherever it is read one day.
    private static void SkipText(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return;
        }

        var depth = reader.CurrentDepth;
        while (reader.Read() && reader.CurrentDepth > depth)
        {
            if (reader.ValueIsEscaped)
            {
                using var text = SecretText.Copy(ref reader);
            }
        }
    }

    private static void Once(bool seen, string member)
    {
        if (seen)
        {
            throw Invalid($"'{member}' is there twice", member);
        }
    }

    private static RpcException Invalid(string message, string? member = null, Exception? inner = null) => new(
        new RpcError(
            ErrorCode.InvalidRequest,
            message,
            Suggestion: "send one JSON object with an integer id, a method and params, in UTF-8, with its length in front",
            Context: member is null ? null : RpcContext.Of("member", member)),
        inner);
}
