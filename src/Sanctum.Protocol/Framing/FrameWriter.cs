using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Sanctum.Protocol.Framing;

/// <summary>Writes whole requests and replies into a <see cref="FrameBuffer"/>.</summary>
public static class FrameWriter
{
    // The relaxed encoder leaves non-ASCII text as UTF-8. It is meant for what is not embedded in HTML, and a frame is not.
    private static readonly JsonWriterOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
        MaxDepth = FrameLimits.Depth + 4,
    };

    /// <summary>Writes <c>{"id": …, "method": …, "params": …}</c>, with <c>"traceparent"</c> where there is a trace.</summary>
    public static void WriteRequest<T>(FrameBuffer buffer, long id, string method, T parameters, JsonTypeInfo<T> type, string? traceParent = null)
    {
        buffer.Reset();
        using var json = new Utf8JsonWriter(buffer, Options);
        json.WriteStartObject();
        json.WriteNumber("id"u8, id);
        json.WriteString("method"u8, method);
        if (traceParent is not null)
        {
            json.WriteString("traceparent"u8, traceParent);
        }

        json.WritePropertyName("params"u8);
        JsonSerializer.Serialize(json, parameters, type);
        json.WriteEndObject();
    }

    /// <summary>Writes <c>{"id": …, "result": …}</c>, with <c>"jsonrpc": "2.0"</c> if the request had it.</summary>
    public static void WriteReply(FrameBuffer buffer, long id, bool jsonRpc, Action<Utf8JsonWriter> writeResult)
    {
        buffer.Reset();
        using var json = new Utf8JsonWriter(buffer, Options);
        WriteStart(json, id, jsonRpc);
        json.WritePropertyName("result"u8);
        writeResult(json);
        json.WriteEndObject();
    }

    /// <summary>Writes <c>{"id": …, "error": …}</c>, with <c>"jsonrpc": "2.0"</c> if the request had it.</summary>
    /// <remarks>The texts are cleaned and cut (<see cref="ErrorText"/>), and a frame is never longer than <see cref="FrameLimits.Error"/>.</remarks>
    public static void WriteError(FrameBuffer buffer, long id, bool jsonRpc, RpcError error)
    {
        Write(buffer, id, jsonRpc, ErrorText.Bounded(error));
        if (buffer.PayloadLength > FrameLimits.Error)
        {
            Write(buffer, id, jsonRpc, ErrorText.Shortest(error));
        }
    }

    /// <summary>The same for a method of CRP, whose errors have its own form (<see cref="Messages.CrpError"/>).</summary>
    public static void WriteCrpError(FrameBuffer buffer, long id, bool jsonRpc, RpcError error)
    {
        WriteCrp(buffer, id, jsonRpc, ErrorText.Bounded(error));
        if (buffer.PayloadLength > FrameLimits.Error)
        {
            WriteCrp(buffer, id, jsonRpc, ErrorText.Shortest(error));
        }
    }

    private static void WriteCrp(FrameBuffer buffer, long id, bool jsonRpc, RpcError error)
    {
        buffer.Reset();
        using var json = new Utf8JsonWriter(buffer, Options);
        WriteStart(json, id, jsonRpc);
        json.WritePropertyName("error"u8);
        JsonSerializer.Serialize(json, Messages.CrpError.Of(error), Messages.CrpJson.Default.CrpError);
        json.WriteEndObject();
    }

    private static void Write(FrameBuffer buffer, long id, bool jsonRpc, RpcError error)
    {
        buffer.Reset();
        using var json = new Utf8JsonWriter(buffer, Options);
        WriteStart(json, id, jsonRpc);
        json.WritePropertyName("error"u8);
        JsonSerializer.Serialize(json, error, Messages.RequestJson.Default.RpcError);
        json.WriteEndObject();
    }

    private static void WriteStart(Utf8JsonWriter json, long id, bool jsonRpc)
    {
        json.WriteStartObject();
        if (jsonRpc)
        {
            json.WriteString("jsonrpc"u8, "2.0"u8);
        }

        json.WriteNumber("id"u8, id);
    }
}
