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

/// <summary>
/// What those read who watch the daemon, and nothing else: Prometheus <c>/metrics</c>, on loopback or on a Unix socket of this user; load balancers <c>/healthz</c> and
/// <c>/readyz</c>, there and on an address of their own.
/// </summary>
internal static class MonitorHost
{
    private const string Path = "/metrics";
    private const int MostConnections = 16;
    private const int LongestHead = 8 * 1024;
    private const int MostHeaders = 50;
    private static readonly TimeSpan HeadTime = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan BetweenRequests = TimeSpan.FromMinutes(2);

    /// <param name="settings">The daemon's settings.</param>
    /// <param name="export">What has the metrics; null where nobody reads them.</param>
    /// <param name="health">How the daemon is.</param>
    /// <param name="paths">Where its sockets are bound.</param>
    /// <param name="bound">Learns where it listens on TCP.</param>
    /// <param name="daemon">The daemon's parts, some of which it shares.</param>
    public static WebApplication Build(DaemonSettings settings, TelemetryExport? export, Health health, ListeningPaths paths, BoundAddresses bound, IServiceProvider daemon)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions
        {
            ApplicationName = "sanctum",
            EnvironmentName = "Production",
            ContentRootPath = settings.Directory,
        });
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = Timeout.InfiniteTimeSpan);
        builder.Services.AddSingleton(daemon.GetRequiredService<ILoggerFactory>());
        builder.Services.AddSingleton(daemon.GetRequiredService<OpenConnections>());
        builder.Services.AddSingleton(daemon.GetRequiredService<DrainState>());
        builder.Services.AddSingleton(settings);
        builder.Services.AddSingleton<IConnectionListenerFactory, PacedListenerFactory>();
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel => Configure(kestrel, settings.Telemetry, paths, bound));
        var app = builder.Build();
        app.Use((http, next) => RespondAsync(http, bound, health, next));
        if (export is not null)
        {
            app.UseOpenTelemetryPrometheusScrapingEndpoint(export.Metrics, predicate: null, path: Path, configureBranchedPipeline: null, optionsName: null);
        }

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
        else if (settings.Socket is not null)
        {
            kestrel.ListenUnixSocket(paths.Metrics!, listener => Compose(listener, DaemonHost.IsOwnUser));
        }

        if (settings.Health is { } health)
        {
            kestrel.Listen(health, listener =>
            {
                Compose(listener, _ => true);
                listener.Use(next => connection =>
                {
                    connection.Features.Set(HealthOnly.Instance);
                    return next(connection);
                });
                bound.ForHealth(listener);
            });
        }
    }

    private static void Compose(ListenOptions listener, Func<ConnectionContext, bool> mayConnect)
    {
        DaemonHost.Count(listener);
        listener.Protocols = HttpProtocols.Http1;
        listener.Use(new OperatorConnections(MostConnections).Limit(mayConnect));
    }

    private static Task RespondAsync(HttpContext http, BoundAddresses bound, Health health, RequestDelegate next)
    {
        var healthOnly = http.Features.Get<HealthOnly>() is not null;
        var asked = health.Of(http.Request.Path);
        if (!IsAllowed(http, bound, healthOnly))
        {
            return WriteAsync(http, StatusCodes.Status403Forbidden, "this Host or Origin is not allowed");
        }

        if (asked is null && (healthOnly || http.Request.Path != Path))
        {
            return WriteAsync(http, StatusCodes.Status404NotFound, healthOnly ? $"use {Health.Alive} or {Health.Ready}" : $"metrics are at {Path}");
        }

        if (!HttpMethods.IsGet(http.Request.Method) && !(asked is not null && HttpMethods.IsHead(http.Request.Method)))
        {
            return WriteAsync(http, StatusCodes.Status405MethodNotAllowed, "use GET");
        }

        return asked is { } how ? WriteAsync(http, how.Status, how.Text) : next(http);
    }

    // A page in a browser can reach loopback, and by a name that it resolves to it. Load balancers name the daemon as they like.
    private static bool IsAllowed(HttpContext http, BoundAddresses bound, bool healthOnly)
    {
        var overTcp = http.Connection.LocalIpAddress is not null;
        return http.Request.Headers.Origin.Count == 0 && (!overTcp || healthOnly || (http.Request.Headers.Host is [{ } host] && IsOwn(host, bound.Metrics!)));
    }

    private static bool IsOwn(string host, IPEndPoint bound) => host == bound.ToString() || host == $"localhost:{bound.Port}";

    private static Task WriteAsync(HttpContext http, int status, string text)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "text/plain; charset=utf-8";
        http.Response.Headers.CacheControl = "no-store";
        if (status is >= 400 and < 500)
        {
            http.Response.Headers.Connection = "close";
        }

        return HttpMethods.IsHead(http.Request.Method) ? Task.CompletedTask : http.Response.WriteAsync($"{text}\n", http.RequestAborted);
    }

    // Marks the connections of the listener for load balancers: whoever reaches it can be on another machine, and reads no metrics.
    private sealed class HealthOnly
    {
        public static readonly HealthOnly Instance = new();
    }
}
