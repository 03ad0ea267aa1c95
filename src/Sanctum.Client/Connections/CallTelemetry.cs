using System.Diagnostics;
using System.Diagnostics.Metrics;
using Sanctum.Protocol.Messages;

namespace Sanctum.Client.Connections;

/// <summary>
/// One call, as a span and in a histogram, with OpenTelemetry's names for remote calls. What is called is named; credentials, agents and parameters are not.
/// Nothing is made where nobody listens. docs/telemetry.md has the names.
/// </summary>
internal readonly struct CallTelemetry : IDisposable
{
    public const string Name = "Sanctum.Client";

    private const string System = "sanctum";

    private static readonly string? _version = typeof(CallTelemetry).Assembly.GetName().Version?.ToString(3);
    private static readonly ActivitySource _source = new(Name, _version);
    private static readonly Meter _meter = new(Name, _version);
    private static readonly Histogram<double> _duration = _meter.CreateHistogram(
        "rpc.client.call.duration",
        "s",
        "How long calls to the vault took, from the program's side.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] });
    private static readonly Counter<long> _connections = _meter.CreateCounter<long>("sanctum.client.connections", "{connection}", "Connections that were made and signed in.");

    private readonly string _method;
    private readonly Activity? _span;
    private readonly long _start;

    private CallTelemetry(string method, Activity? span) => (_method, _span, _start) = (method, span, _duration.Enabled ? Stopwatch.GetTimestamp() : 0);

    public static CallTelemetry Start(string method)
    {
        var span = _source.StartActivity(method, ActivityKind.Client);
        if (span is { IsAllDataRequested: true })
        {
            span.SetTag("rpc.system.name", System).SetTag("rpc.method", method);
        }

        return new CallTelemetry(method, span);
    }

    /// <summary>A connection was made and signed in.</summary>
    public static void Connected() => _connections.Add(1);

    /// <summary>What a request on this session says of the trace that it is in; null for nothing.</summary>
    public static string? TraceParentFor(Session session) =>
        Activity.Current is { IdFormat: ActivityIdFormat.W3C, Id: { } id } && session.Features.Contains(Features.Trace, StringComparer.Ordinal) ? id : null;

    public void Succeed() => Record(null);

    public void Fail(Exception failure)
    {
        var type = failure is VaultException refused ? refused.Code : failure.GetType().FullName;
        if (_span is { IsAllDataRequested: true })
        {
            // Messages can hold what a service said: the kind is enough.
            _span.SetTag("error.type", type).SetStatus(ActivityStatusCode.Error);
        }

        Record(type);
    }

    public void Dispose() => _span?.Dispose();

    private void Record(string? errorType)
    {
        if (_start == 0)
        {
            return;
        }

        var tags = new TagList { { "rpc.system.name", System }, { "rpc.method", _method } };
        if (errorType is not null)
        {
            tags.Add("error.type", errorType);
        }

        _duration.Record(Stopwatch.GetElapsedTime(_start).TotalSeconds, tags);
    }
}
