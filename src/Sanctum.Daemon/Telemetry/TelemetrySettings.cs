using System.Net;
using Sanctum.Daemon.Admin;
using Sanctum.Daemon.Hosting;

namespace Sanctum.Daemon.Telemetry;

/// <summary>Where measurements and spans go, checked. Each is null where it is not wanted.</summary>
/// <param name="Tcp">Where metrics can be read over TCP.</param>
/// <param name="Socket">The Unix socket where metrics can be read.</param>
/// <param name="Otlp">The collector that gets metrics and spans.</param>
/// <param name="Health">Where load balancers can read how the daemon is.</param>
internal sealed record TelemetrySettings(IPEndPoint? Tcp, string? Socket, Uri? Otlp, IPEndPoint? Health)
{
    private const string UnixScheme = "unix";

    /// <summary>Whether metrics can be read.</summary>
    public bool HasListener => Tcp is not null || Socket is not null;

    /// <summary>Whether the collector is behind a Unix socket, whose path <see cref="Otlp"/> then is.</summary>
    public bool IsOtlpSocket => Otlp?.Scheme == UnixScheme;

    /// <param name="config">What the file says.</param>
    /// <param name="directory">What relative paths are relative to.</param>
    public static TelemetrySettings Of(TelemetryConfig config, string directory)
    {
        var isSocket = config.Prometheus?.Contains('/', StringComparison.Ordinal) == true;
        return new TelemetrySettings(
            config.Prometheus is null || isSocket ? null : Loopback.Parse(config.Prometheus, "the listener for metrics"),
            isSocket ? PathSetting.Resolve("telemetry.prometheus", config.Prometheus!, directory) : null,
            config.Otlp is null ? null : Collector(config.Otlp),
            config.Health is null ? null : Loopback.Parse(config.Health, "the listener for load balancers", mayBeElsewhere: true));
    }

    /// <summary>Which labels are allowed.</summary>
    public static MetricLabels Labels(IReadOnlyList<string> names) => names.Aggregate(MetricLabels.None, (labels, name) => labels | name switch
    {
        "agent" => MetricLabels.Agent,
        "credential" => MetricLabels.Credential,
        _ => throw new OperatorException(OperatorErrors.InvalidConfig, "'telemetry.labels' has an unknown label", "the labels are agent and credential"),
    });

    // Without TLS only on this machine: spans say which agent calls what, and when.
    private static Uri Collector(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.UserInfo.Length == 0
        && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && IsThisMachine(uri)) || (uri.Scheme == UnixScheme && uri.AbsolutePath.Length > 1))
            ? uri
            : throw new OperatorException(
                OperatorErrors.InvalidConfig,
                "'telemetry.otlp' is not a collector that the daemon can send to",
                "give https://HOST:4318, http://127.0.0.1:4318 or unix:///run/otel.sock");

    private static bool IsThisMachine(Uri uri) => uri.Host == "localhost" || (IPAddress.TryParse(uri.Host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
