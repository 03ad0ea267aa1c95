using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;
using Sanctum.Daemon.Admin;
using Sanctum.Daemon.Hosting;
using Sanctum.Daemon.Rpc;

namespace Sanctum.Daemon.Telemetry;

/// <summary>Where Prometheus reads metrics: <c>GET /metrics</c> and nothing else, on loopback or on a Unix socket of this user.</summary>
internal static class MetricsHost
{
    private const string Path = "/metrics";
    private const int MostConnections = 16;
    private const int LongestHead = 8 * 1024;
    private const int MostHeaders = 50;
    private static readonly TimeSpan HeadTime = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan BetweenRequests = TimeSpan.FromMinutes(2);

    /// <param name="settings">The daemon's settings.</param>
    /// <param name="export">What has the metrics.</param>
    /// <param name="paths">Where its sockets are bound.</param>
    /// <param name="bound">Learns where it listens on TCP.</param>
    /// <param name="daemon">The daemon's parts, some of which it shares.</param>
    public static WebApplication Build(DaemonSettings settings, TelemetryExport export, ListeningPaths paths, BoundAddresses bound, IServiceProvider daemon)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions
        {
            ApplicationName = "sanctum",
            EnvironmentName = "Production",
            ContentRootPath = settings.Directory,
        });
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = DaemonHost.Grace);
        builder.Services.AddSingleton(daemon.GetRequiredService<ILoggerFactory>());
        builder.Services.AddSingleton(daemon.GetRequiredService<OpenConnections>());
        builder.Services.AddSingleton(settings);
        builder.Services.AddSingleton<IConnectionListenerFactory, PacedListenerFactory>();
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel => Configure(kestrel, settings.Telemetry, paths, bound));
        var app = builder.Build();
        app.Use((http, next) => Refusal(http, bound) is { } status ? RefuseAsync(http, status) : next(http));
        app.UseOpenTelemetryPrometheusScrapingEndpoint(export.Metrics, predicate: null, path: Path, configureBranchedPipeline: null, optionsName: null);
        return app;
    }

    private static void Configure(KestrelServerOptions kestrel, TelemetrySettings settings, ListeningPaths paths, BoundAddresses bound)
    {
        kestrel.AddServerHeader = false;
        var limits = kestrel.Limits;
        (limits.MaxRequestBodySize, limits.MaxRequestLineSize, limits.MaxRequestHeadersTotalSize, limits.MaxRequestHeaderCount) = (0, LongestHead, LongestHead, MostHeaders);
        (limits.RequestHeadersTimeout, limits.KeepAliveTimeout, limits.MaxRequestBufferSize) = (HeadTime, BetweenRequests, LongestHead);
        if (settings.Tcp is { } tcp)
        {
            kestrel.Listen(tcp, listener =>
            {
                Compose(listener, _ => true);
                bound.ForMetrics(listener);
            });
        }
        else
        {
            kestrel.ListenUnixSocket(paths.Metrics!, listener => Compose(listener, DaemonHost.IsOwnUser));
        }
    }

    private static void Compose(ListenOptions listener, Func<ConnectionContext, bool> mayConnect)
    {
        DaemonHost.Count(listener);
        listener.Protocols = HttpProtocols.Http1;
        listener.Use(new OperatorConnections(MostConnections).Limit(mayConnect));
    }

    // A page in a browser can reach loopback, and by a name that it resolves to it.
    private static int? Refusal(HttpContext http, BoundAddresses bound)
    {
        var overTcp = http.Connection.LocalIpAddress is not null;
        if (http.Request.Headers.Origin.Count > 0 || (overTcp && !(http.Request.Headers.Host is [{ } host] && IsOwn(host, bound.Metrics!))))
        {
            return StatusCodes.Status403Forbidden;
        }

        return http.Request.Path != Path ? StatusCodes.Status404NotFound
            : !HttpMethods.IsGet(http.Request.Method) ? StatusCodes.Status405MethodNotAllowed
            : null;
    }

    private static bool IsOwn(string host, IPEndPoint bound) => host == bound.ToString() || host == $"localhost:{bound.Port}";

    private static Task RefuseAsync(HttpContext http, int status)
    {
        http.Response.StatusCode = status;
        http.Response.Headers.Connection = "close";
        return http.Response.WriteAsync(status switch
        {
            StatusCodes.Status403Forbidden => "this Host or Origin is not allowed\n",
            StatusCodes.Status405MethodNotAllowed => "use GET\n",
            _ => "metrics are at /metrics\n",
        });
    }
}
