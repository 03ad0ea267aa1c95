using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Sanctum.Protocol.Framing;
using Sanctum.Protocol.Messages;

namespace Sanctum.Protocol;

/// <summary>A reply's envelope: <c>{"id": 1, "result": …}</c> or <c>{"id": 1, "error": {…}}</c>.</summary>
public readonly struct RpcReply
{
    private readonly ReadOnlyMemory<byte> _result;

    private RpcReply(long id, ReadOnlyMemory<byte> result, RpcError? error) => (Id, _result, Error) = (id, result, error);

    /// <summary>The id of the request that this responds to; 0 when the daemon could not read it.</summary>
    public long Id { get; }

    /// <summary>Why the call failed; null when it did not.</summary>
    public RpcError? Error { get; }

    /// <summary>Reads a frame's payload.</summary>
    /// <param name="payload">The payload. The reply keeps a view of it.</param>
    /// <exception cref="FrameException">It is not a reply: the connection can't be trusted any more.</exception>
    public static RpcReply Parse(ReadOnlyMemory<byte> payload)
    {
        try
        {
            return Read(payload);
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException or FormatException)
        {
            throw new FrameException("the daemon sent a malformed reply");
        }
    }

    /// <summary>Reads the result.</summary>
    /// <exception cref="FrameException">It is not the method's result.</exception>
    public T ReadResult<T>(JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(_result.Span, type)
                ?? throw new FrameException("the daemon sent a null result");
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            // The message of the cause could quote the reply, and the reply could hold a secret.
            throw new FrameException("the daemon sent a result that does not fit the method");
        }
    }

    private static RpcReply Read(ReadOnlyMemory<byte> payload)
    {
        var reader = new Utf8JsonReader(payload.Span, new JsonReaderOptions { MaxDepth = FrameLimits.Depth });
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw new FrameException("the daemon sent a reply that is not an object");
        }

        long id = 0;
        bool hasId = false, hasResult = false, hasError = false;
        ReadOnlyMemory<byte> result = default;
        RpcError? error = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("id"u8))
            {
                Once(ref hasId);
                reader.Read();
                id = reader.TokenType == JsonTokenType.Number ? reader.GetInt64() : 0;
            }
            else if (reader.ValueTextEquals("result"u8))
            {
                Once(ref hasResult);
                result = Value(ref reader, payload);
            }
            else if (reader.ValueTextEquals("error"u8))
            {
                Once(ref hasError);
                error = ReadError(Value(ref reader, payload).Span);
            }
            else
            {
                reader.Skip();
            }
        }

        // The reader itself refuses anything but white space after the object.
        while (reader.Read())
        {
        }

        if (error is null && result.IsEmpty)
        {
            throw new FrameException("the daemon sent a reply with neither result nor error");
        }

        return new RpcReply(id, result, error);
    }

    private static RpcError? ReadError(ReadOnlySpan<byte> value)
    {
        switch (value[0])
        {
            case (byte)'n':
                return null;

            // Daemons before structured errors sent a bare string.
            case (byte)'"':
                return new RpcError(ErrorCode.InternalError, JsonSerializer.Deserialize(value, RequestJson.Default.String)!);
            default:
                var error = JsonSerializer.Deserialize(value, ErrorReplyJson.Default.ErrorReply)!;
                var message = error.Message ?? "the daemon gave no reason";
                return error.Code is { ValueKind: JsonValueKind.Number }
                    ? new RpcError(error.Data?.Code ?? ErrorCode.InternalError, message, error.Data?.Detail, error.Data?.Suggestion, error.Data?.DocsUrl, error.Data?.Context)
                    : new RpcError(CodeOf(error.Code), message, error.Detail, error.Suggestion, error.DocsUrl, error.Context);
        }
    }

    private static string CodeOf(JsonElement? code) => code switch
    {
        null or { ValueKind: JsonValueKind.Null } => ErrorCode.InternalError,
        { ValueKind: JsonValueKind.String } text => text.GetString()!,
        _ => throw new FrameException("the daemon sent a malformed reply"),
    };

    private static void Once(ref bool seen)
    {
        if (seen)
        {
            throw new FrameException("the daemon sent a reply with a repeated member");
        }

        seen = true;
    }

    private static ReadOnlyMemory<byte> Value(ref Utf8JsonReader reader, ReadOnlyMemory<byte> payload)
    {
        reader.Read();
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return payload[start..(int)reader.BytesConsumed];
    }
}
