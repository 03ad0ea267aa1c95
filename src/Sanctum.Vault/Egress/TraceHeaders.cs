using System.Collections.Frozen;

namespace Sanctum.Egress;

/// <summary>
/// Headers with a program's trace, which services do not get: they would tell requests of different programs and credentials apart, or bring them together. The
/// audit log has the trace.
/// </summary>
internal static class TraceHeaders
{
    // W3C Trace Context and Baggage; .NET before it; Zipkin, Jaeger, Datadog, AWS.
    private static readonly FrozenSet<string> _names = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "traceparent", "tracestate", "baggage", "Request-Id", "Correlation-Context", "b3", "X-B3-TraceId", "X-B3-SpanId", "X-B3-ParentSpanId", "X-B3-Sampled", "X-B3-Flags",
        "uber-trace-id", "X-Datadog-Trace-Id", "X-Datadog-Parent-Id", "X-Datadog-Sampling-Priority", "X-Amzn-Trace-Id");

    /// <summary>Whether a header is one.</summary>
    public static bool Contains(string name) => _names.Contains(name);
}
