using System.Net;
using System.Net.Sockets;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Sanctum.Daemon.Telemetry;

/// <summary>What gives measurements and spans to those whom the configuration names.</summary>
internal sealed class TelemetryExport : IDisposable
{
    /// <summary>How many series one measurement may have; what is beyond is counted in one more. Agents and credentials make these, where labels are allowed.</summary>
    public const int MostSeries = 1000;

    private static readonly TimeSpan SendTimeout = TimeSpan.FromSeconds(10);

    private readonly TracerProvider? _traces;

    private TelemetryExport(MeterProvider metrics, TracerProvider? traces) => (Metrics, _traces) = (metrics, traces);

    public MeterProvider Metrics { get; }

    /// <summary>Starts what is configured; null where nothing is.</summary>
    public static TelemetryExport? Start(TelemetrySettings settings)
    {
        if (!settings.HasListener && settings.Otlp is null)
        {
            return null;
        }

        var metrics = Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(Resource())
            .AddMeter(DaemonTelemetry.Name, "Sanctum.Vault")
            .AddView("*", new MetricStreamConfiguration { CardinalityLimit = MostSeries });
        if (settings.HasListener)
        {
            metrics.AddPrometheusExporter(prometheus => prometheus.ScrapeResponseCacheDurationMilliseconds = 0);
        }

        if (settings.Otlp is null)
        {
            return new TelemetryExport(metrics.Build(), null);
        }

        var traces = Sdk.CreateTracerProviderBuilder()
            .SetResourceBuilder(Resource())
            .AddSource(DaemonTelemetry.Name)
            .AddOtlpExporter(otlp => Configure(otlp, settings, "v1/traces"));
        return new TelemetryExport(metrics.AddOtlpExporter(otlp => Configure(otlp, settings, "v1/metrics")).Build(), traces.Build());
    }

    /// <summary>Sends what is left, for as long as sending may take.</summary>
    public void Dispose()
    {
        _traces?.Dispose();
        Metrics.Dispose();
    }

    private static ResourceBuilder Resource() =>
        ResourceBuilder.CreateEmpty().AddService("sanctum", serviceVersion: typeof(TelemetryExport).Assembly.GetName().Version?.ToString(3));

    private static void Configure(OtlpExporterOptions otlp, TelemetrySettings settings, string signal)
    {
        otlp.Protocol = OtlpExportProtocol.HttpProtobuf;
        otlp.Endpoint = new Uri(settings.IsOtlpSocket ? new Uri("http://localhost/") : new Uri($"{settings.Otlp!.GetLeftPart(UriPartial.Path).TrimEnd('/')}/"), signal);
        otlp.TimeoutMilliseconds = (int)SendTimeout.TotalMilliseconds;
        otlp.HttpClientFactory = () => new HttpClient(Handler(settings)) { Timeout = SendTimeout, MaxResponseContentBufferSize = 64 * 1024 };
    }

    // No proxy of the environment, and no redirect: the collector is where the configuration says.
    private static SocketsHttpHandler Handler(TelemetrySettings settings)
    {
        var handler = new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false, AutomaticDecompression = DecompressionMethods.None, ActivityHeadersPropagator = null };
        if (settings.IsOtlpSocket)
        {
            handler.ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                try
                {
                    await socket.ConnectAsync(new UnixDomainSocketEndPoint(settings.Otlp!.AbsolutePath), cancellationToken).ConfigureAwait(false);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            };
        }

        return handler;
    }
}
