using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;
using Sanctum.Protocol.Framing;
using Sanctum.Protocol.Messages;

namespace Sanctum.Protocol;

/// <summary>A request's envelope: <c>{"id": 1, "method": "list", "params": {…}}</c>.</summary>
public readonly struct RpcRequest
{
    // As it is written: each of its characters can be an escape of six.
    private const int LongestMethod = 256;

    // 00-TRACE-SPAN-FLAGS: https://www.w3.org/TR/trace-context/, section 3.2.
    private const int TraceParentLength = 55;

    private readonly ReadOnlyMemory<byte> _params;

    private RpcRequest(long id, string method, bool jsonRpc, ReadOnlyMemory<byte> parameters, ActivityContext trace) =>
        (Id, Method, JsonRpc, _params, Trace) = (id, method, jsonRpc, parameters, trace);

    /// <summary>The client's number for this request; the reply carries the same.</summary>
    public long Id { get; }

    /// <summary>The method's name, as sent; empty where it is longer than any method's.</summary>
    public string Method { get; }

    /// <summary>The trace that the client has this call in, of <c>"traceparent"</c>; default where it sent none.</summary>
    public ActivityContext Trace { get; }

    /// <summary>Whether <c>"jsonrpc": "2.0"</c> was sent, which the reply then mirrors.</summary>
    public bool JsonRpc { get; }

    /// <summary>Reads a frame's payload in one pass, and makes nothing of the parameters yet.</summary>
    /// <param name="payload">The payload. The request keeps a view of it.</param>
    /// <param name="id">The request's id, or 0 when it could not be read: the id of the error reply.</param>
    /// <param name="tokens">How many JSON tokens it may have.</param>
    /// <exception cref="RpcException">It is not a well-formed request, or over a limit; the code is <see cref="ErrorCode.InvalidRequest"/>.</exception>
    public static RpcRequest Parse(ReadOnlyMemory<byte> payload, out long id, int tokens = FrameLimits.Tokens)
    {
        id = 0;
        if (!Utf8.IsValid(payload.Span))
        {
            throw Invalid("the frame is not valid UTF-8");
        }

        try
        {
            return Read(payload, tokens, ref id);
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException or FormatException)
        {
            throw Invalid("the frame is not a JSON object of the expected form");
        }
    }

    /// <summary>Reads <c>params</c>; when there are none, an empty object is read.</summary>
    /// <exception cref="RpcException">They are not what the method takes; the code is <see cref="ErrorCode.InvalidParams"/> and
    /// <c>context.member</c> names the member, where it is one.</exception>
    public T ReadParams<T>(JsonTypeInfo<T> type)
    {
        ArgumentNullException.ThrowIfNull(type);
        if (_params.Length > FrameLimits.Parameters)
        {
            throw InvalidParams.TooLong(FrameLimits.Parameters);
        }

        try
        {
            return JsonSerializer.Deserialize(_params.IsEmpty ? "{}"u8 : _params.Span, type)
                ?? throw InvalidParams.NotAnObject();
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            throw InvalidParams.From(malformed, [.. type.Properties.Select(property => property.Name)]);
        }
    }

    /// <summary>Reads the <c>params</c> of a use, but for the operation's own, which stay bytes.</summary>
    /// <param name="takesSession">Whether the dialect sends a <c>session_id</c> along.</param>
    /// <exception cref="RpcException">They are not what the method takes; the code is <see cref="ErrorCode.InvalidParams"/>.</exception>
    public UseRequest ReadUse(bool takesSession) => UseRequest.Read(_params, takesSession);

    private static RpcRequest Read(ReadOnlyMemory<byte> payload, int tokens, ref long id)
    {
        var reader = new RequestTokens(payload, tokens);
        reader.Read();
        if (reader.Type != JsonTokenType.StartObject)
        {
            throw Invalid("a request is a JSON object");
        }

        string? method = null;
        bool hasId = false, hasParams = false, hasJsonRpc = false, jsonRpc = false;
        ReadOnlyMemory<byte> parameters = default;
        ActivityContext trace = default;
        while (reader.Read() && reader.Type == JsonTokenType.PropertyName)
        {
            if (reader.Is("id"u8))
            {
                Once(hasId, "id");
                reader.Read();
                if (reader.Type != JsonTokenType.Number || !reader.TryGetInt64(out var number))
                {
                    throw Invalid("'id' must be an integer", "id");
                }

                (id, hasId) = (number, true);
            }
            else if (reader.Is("method"u8))
            {
                Once(method is not null, "method");
                reader.Read();
                method = reader.Type != JsonTokenType.String ? throw Invalid("'method' must be a string", "method")
                    : reader.Length <= LongestMethod ? reader.Text()
                    : "";
            }
            else if (reader.Is("params"u8))
            {
                Once(hasParams, "params");
                reader.Read();
                if (reader.Type is not JsonTokenType.StartObject and not JsonTokenType.Null)
                {
                    throw Invalid("'params' must be an object", "params");
                }

                var (start, isNull) = (reader.Start, reader.Type == JsonTokenType.Null);
                reader.Skip();
                (hasParams, parameters) = (true, isNull ? default : payload[start..reader.End]);
            }
            else if (reader.Is("jsonrpc"u8))
            {
                Once(hasJsonRpc, "jsonrpc");
                reader.Read();
                hasJsonRpc = true;
                jsonRpc = reader.Type == JsonTokenType.String && reader.Is("2.0"u8);
                if (!jsonRpc && reader.Type != JsonTokenType.Null)
                {
                    throw Invalid("'jsonrpc', if sent, must be \"2.0\"", "jsonrpc");
                }
            }
            else if (reader.Is("traceparent"u8))
            {
                Once(trace != default, "traceparent");
                reader.Read();
                trace = ReadTrace(reader);
            }
            else
            {
                throw Invalid("a request has the members id, method, params and traceparent, and no others");
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

        return new RpcRequest(id, method ?? throw Invalid("'method' is missing", "method"), jsonRpc, parameters, trace);
    }

    private static ActivityContext ReadTrace(in RequestTokens reader) =>
        reader.Type == JsonTokenType.String
        && reader.Length == TraceParentLength
        && reader.Text() is var text
        && text.StartsWith("00-", StringComparison.Ordinal)
        && ActivityContext.TryParse(text, traceState: null, isRemote: true, out var trace)
            ? trace
            : throw Invalid("'traceparent' must be a W3C trace context of version 00", "traceparent");

    private static void Once(bool seen, string member)
    {
        if (seen)
        {
            throw Invalid($"'{member}' is repeated", member);
        }
    }

    // Without the cause: its message can quote what was sent.
    internal static RpcException Invalid(string message, string? member = null) => new(new RpcError(
        ErrorCode.InvalidRequest,
        message,
        Suggestion: "send one JSON object with an integer id, a method and params, in UTF-8, with its length in front",
        Context: member is null ? null : RpcContext.Of("member", member)));
}
