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

    /// <summary>The id of the request that this answers; 0 when the daemon could not read it.</summary>
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
            throw new FrameException("the daemon sent a reply that is not well-formed");
        }
    }

    /// <summary>Reads the result.</summary>
    /// <exception cref="FrameException">It is not what the method answers.</exception>
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
            throw new FrameException("the daemon sent a result of another form than this method's");
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
        ReadOnlyMemory<byte> result = default;
        RpcError? error = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("id"u8))
            {
                reader.Read();
                id = reader.TokenType == JsonTokenType.Number ? reader.GetInt64() : 0;
            }
            else if (reader.ValueTextEquals("result"u8))
            {
                result = Value(ref reader, payload);
            }
            else if (reader.ValueTextEquals("error"u8))
            {
                var value = Value(ref reader, payload).Span;
                error = value[0] switch
                {
                    (byte)'n' => null,

                    // Daemons before structured errors sent a bare string.
                    (byte)'"' => new RpcError(ErrorCode.InternalError, JsonSerializer.Deserialize(value, RequestJson.Default.String)!),
                    _ => JsonSerializer.Deserialize(value, ReplyJson.Default.RpcError),
                };
            }
            else
            {
                reader.Skip();
            }
        }

        if (error is null && result.IsEmpty)
        {
            throw new FrameException("the daemon sent a reply with neither result nor error");
        }

        return new RpcReply(id, result, error);
    }

    private static ReadOnlyMemory<byte> Value(ref Utf8JsonReader reader, ReadOnlyMemory<byte> payload)
    {
        reader.Read();
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return payload[start..(int)reader.BytesConsumed];
    }
}
