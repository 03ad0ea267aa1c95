using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Http;

namespace Sanctum.Daemon.Telemetry;

/// <summary>
/// The daemon's spans and measurements, with OpenTelemetry's names. Labels have values of this code alone: nothing that an agent sends is one. docs/telemetry.md has
/// the names.
/// </summary>
internal sealed class DaemonTelemetry : IDisposable
{
    public const string Name = "Sanctum.Daemon";

    // OpenTelemetry's word for what is not one of the known values.
    private const string Other = "_OTHER";
    private const string System = "sanctum";

    private static readonly string? _version = typeof(DaemonTelemetry).Assembly.GetName().Version?.ToString(3);
    private static readonly InstrumentAdvice<double> _buckets = new() { HistogramBucketBoundaries = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] };

    private readonly ActivitySource _source = new(Name, _version);
    private readonly Meter _meter = new(Name, _version);
    private readonly Histogram<double> _calls, _requests;

    /// <param name="vault">Whose state is measured.</param>
    /// <param name="connections">How many agents are connected.</param>
    public DaemonTelemetry(Vault vault, Func<int> connections)
    {
        _calls = _meter.CreateHistogram("rpc.server.call.duration", "s", "How long agents' calls took, from the frame to the reply.", advice: _buckets);
        _requests = _meter.CreateHistogram("http.server.request.duration", "s", "How long requests through the proxy took, from the head to the end of the response.", advice: _buckets);
        _meter.CreateObservableUpDownCounter("sanctum.connections", connections, "{connection}", "Connections of agents that are open.");
        _meter.CreateObservableGauge("sanctum.sealed", () => vault.IsSealed ? 1 : 0, null, "1 while the vault is sealed, 0 otherwise.");
    }

    /// <summary>Whether calls are measured.</summary>
    public bool Measures => _calls.Enabled;

    /// <summary>Begins the span of a call, or only takes over the agent's trace where nobody keeps spans; null where there is neither.</summary>
    /// <param name="method">One of the wire's methods.</param>
    /// <param name="trace">What the agent says that the call is part of.</param>
    public Activity? Start(string method, ActivityContext trace)
    {
        var span = _source.StartActivity(method, ActivityKind.Server, trace);
        if (span is { IsAllDataRequested: true })
        {
            span.SetTag("rpc.system.name", System).SetTag("rpc.method", method);
        }

        return span ?? TakeOver(method, trace);
    }

    /// <summary>The same for a request of the proxy, whose program says it in a header.</summary>
    public Activity? Start(HttpRequest request)
    {
        _ = ActivityContext.TryParse(request.Headers.TraceParent, null, isRemote: true, out var trace);
        var method = MethodOf(request);
        var span = _source.StartActivity(method == Other ? "HTTP" : method, ActivityKind.Server, trace);
        if (span is { IsAllDataRequested: true })
        {
            span.SetTag("http.request.method", method);
        }

        return span ?? TakeOver(method, trace);
    }

    /// <summary>A call has ended.</summary>
    /// <param name="method">Its method; empty where it is unknown.</param>
    /// <param name="start">When it began.</param>
    /// <param name="span">Its span.</param>
    /// <param name="errorCode">The wire's code; null when it went well.</param>
    public void Ended(string method, long start, Activity? span, string? errorCode)
    {
        End(span, errorCode);
        if (start != 0)
        {
            var tags = new TagList { { "rpc.system.name", System }, { "rpc.method", method.Length == 0 ? Other : method } };
            Record(_calls, start, tags, errorCode);
        }
    }

    /// <summary>A request of the proxy has ended.</summary>
    /// <param name="http">The request and its response.</param>
    /// <param name="start">When it began.</param>
    /// <param name="span">Its span.</param>
    /// <param name="errorCode">The proxy's code; null when it went well.</param>
    public void Ended(HttpContext http, long start, Activity? span, string? errorCode)
    {
        if (span is { IsAllDataRequested: true })
        {
            span.SetTag("http.response.status_code", http.Response.StatusCode);
        }

        End(span, errorCode);
        if (_requests.Enabled && start != 0)
        {
            // A status is the service's to choose.
            var status = http.Response.StatusCode is >= 100 and <= 599 and var known ? known : 0;
            Record(_requests, start, new TagList { { "http.request.method", MethodOf(http.Request) }, { "http.response.status_code", status } }, errorCode);
        }
    }

    public void Dispose()
    {
        _source.Dispose();
        _meter.Dispose();
    }

    private static Activity? TakeOver(string name, ActivityContext trace) => trace == default
        ? null
        : new Activity(name).SetParentId(trace.TraceId, trace.SpanId, trace.TraceFlags).Start();

    private static void End(Activity? span, string? errorCode)
    {
        if (span is { IsAllDataRequested: true } && errorCode is not null)
        {
            span.SetTag("error.type", errorCode).SetStatus(ActivityStatusCode.Error);
        }

        span?.Dispose();
    }

    private static void Record(Histogram<double> histogram, long start, TagList tags, string? errorCode)
    {
        if (errorCode is not null)
        {
            tags.Add("error.type", errorCode);
        }

        histogram.Record(Stopwatch.GetElapsedTime(start).TotalSeconds, tags);
    }

    // In one spelling: methods are case-sensitive, and each mixture would be a label.
    private static string MethodOf(HttpRequest request) => request.Method switch
    {
        "GET" or "HEAD" or "POST" or "PUT" or "DELETE" or "CONNECT" or "OPTIONS" or "TRACE" or "PATCH" => request.Method,
        _ => Other,
    };
}
