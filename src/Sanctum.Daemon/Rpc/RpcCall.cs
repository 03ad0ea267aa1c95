using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Sanctum.Protocol;
using Sanctum.Protocol.Framing;

namespace Sanctum.Daemon.Rpc;

/// <summary>One request that is being served. Reused for the next one of its connection once the reply has been written.</summary>
internal sealed class RpcCall(AgentConnection connection) : IDisposable
{
    private const string CrpPrefix = "crp/";

    private long _id;
    private bool _jsonRpc;
    private MemoryShare? _share;

    public AgentConnection Connection { get; } = connection;

    /// <summary>Counts the connection's requests; names this one in the log.</summary>
    public long Number { get; private set; }

    /// <summary>Whether a daemon that drains waits for it: it had begun before.</summary>
    public bool IsAwaited { get; set; }

    public string Method { get; set; } = "";

    /// <summary>Its span, or the trace that the agent has it in; null for neither.</summary>
    public Activity? Span { get; private set; }

    /// <summary>When it began, where that is measured; otherwise 0.</summary>
    public long Start { get; private set; }

    public FrameBuffer Reply { get; } = new();

    /// <summary>What has been taken of its agent's memory for it, in bytes.</summary>
    public long Held { get; private set; }

    public string RequestId => $"{Connection.Id}-{Number}";

    public void Begin(long number) => (Number, _id, _jsonRpc, Method, Span, Start) = (number, 0, false, "", null, Connection.Telemetry.Measures ? Stopwatch.GetTimestamp() : 0);

    public void Identify(long id, bool jsonRpc) => (_id, _jsonRpc) = (id, jsonRpc);

    /// <summary>Begins its span. What is called from here on is in it.</summary>
    public void Trace(ActivityContext trace) => Span ??= Connection.Telemetry.Start(Method, trace);

    /// <summary>Ends its span and measures it.</summary>
    /// <param name="errorCode">The wire's code; null when it went well.</param>
    public void End(string? errorCode) => Connection.Telemetry.Ended(Method, Start, Span, errorCode);

    /// <summary>Notes what has been taken of an agent's memory for this call.</summary>
    public void Hold(MemoryShare? share, long count) => (_share, Held) = (share, Held + count);

    /// <summary>From now on the call holds its reply alone.</summary>
    public void HoldReply() => HoldOnly(MemoryShare.CostOfReply(Reply.PayloadLength));

    /// <summary>Gives back all that it holds.</summary>
    public void LetGo() => HoldOnly(0);

    public void Write<T>(T result, JsonTypeInfo<T> type) => Write(json => JsonSerializer.Serialize(json, result, type));

    public void Write(Action<Utf8JsonWriter> writeResult)
    {
        FrameWriter.WriteReply(Reply, _id, _jsonRpc, writeResult);
        if (Reply.PayloadLength > FrameLimits.Reply)
        {
            throw RpcErrors.TooLarge();
        }
    }

    public void WriteError(RpcError error)
    {
        if (Method.StartsWith(CrpPrefix, StringComparison.Ordinal))
        {
            FrameWriter.WriteCrpError(Reply, _id, _jsonRpc, error);
        }
        else
        {
            FrameWriter.WriteError(Reply, _id, _jsonRpc, error);
        }
    }

    public void Dispose() => Reply.Dispose();

    private void HoldOnly(long count)
    {
        _share?.Adjust(count - Held);
        Held = count;
    }
}
