using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sanctum.Daemon.Hosting;
using Sanctum.Daemon.Proxy.BaseUrls;
using Sanctum.Daemon.Proxy.Forwarding;
using Sanctum.Daemon.Proxy.Runs;
using Sanctum.Daemon.Rpc;

namespace Sanctum.Daemon.Proxy.Listening;

/// <summary>
/// The proxy's server. It is one of its own beside the daemon's: limits, rates and encodings are a server's and not a listener's, and those for operators
/// would end a stream that rests, or spoil a header.
/// </summary>
internal static class ProxyHost
{
    private const int ReadAhead = 64 * 1024;
    private const int WriteBehind = 64 * 1024;
    private const int LongestLine = 32 * 1024;
    private const int LongestHeaders = 64 * 1024;
    private const int MostHeaders = 200;

    // What a client may send in HTTP/2 before anybody reads it: on a connection, and on one stream of it.
    private const int ConnectionWindow = 256 * 1024;
    private const int StreamWindow = 128 * 1024;
    private const int MostStreams = 100;

    /// <param name="vault">The vault.</param>
    /// <param name="settings">The daemon's settings.</param>
    /// <param name="paths">Where its sockets are bound.</param>
    /// <param name="bound">Learns where it listens on TCP.</param>
    /// <param name="daemon">The daemon's parts, some of which it shares.</param>
    public static WebApplication Build(Vault vault, DaemonSettings settings, ListeningPaths paths, BoundAddresses bound, IServiceProvider daemon)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions
        {
            ApplicationName = "sanctum",
            EnvironmentName = "Production",
            ContentRootPath = settings.Directory,
        });
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel => Configure(kestrel, settings, paths, bound));
        AddParts(builder.Services, vault, settings, bound, daemon);
        var app = builder.Build();
        app.UseWebSockets();
        app.Run(app.Services.GetRequiredService<ProxyServer>().RespondAsync);
        return app;
    }

    private static void AddParts(IServiceCollection services, Vault vault, DaemonSettings settings, BoundAddresses bound, IServiceProvider daemon)
    {
        services.AddSingleton<IHostLifetime, NoLifetime>();
        services.Configure<HostOptions>(host => host.ShutdownTimeout = Timeout.InfiniteTimeSpan);
        services.Configure<SocketTransportOptions>(sockets => (sockets.MaxReadBufferSize, sockets.MaxWriteBufferSize) = (ReadAhead, WriteBehind));

        // Of the daemon's: one log, one count of connections, one pool of blocks that are zeroed.
        services.AddSingleton<ILoggerFactory>(new ProxyLogging(daemon.GetRequiredService<ILoggerFactory>()));
        services.AddSingleton(daemon.GetRequiredService<OpenConnections>());
        services.AddSingleton(daemon.GetRequiredService<DrainState>());
        services.AddSingleton(daemon.GetRequiredService<IMemoryPoolFactory<byte>>());
        services.AddSingleton(daemon.GetRequiredService<ProxyRuns>());
        services.AddSingleton(daemon.GetRequiredService<TokenGuesses>());
        services.AddSingleton(_ => daemon.GetRequiredService<AgentHost>());
        services.AddSingleton(settings);
        services.AddSingleton<IConnectionListenerFactory, PacedListenerFactory>();

        services.AddSingleton(_ => vault);
        services.AddSingleton(daemon.GetRequiredService<ProxyTimes>());
        services.AddSingleton<ProxyGate>();
        services.AddSingleton(bound);
        services.AddSingleton<BaseUrlGate>();
        services.AddSingleton<ProxyPlaces>();
        services.AddSingleton<ProxyHead>();
        services.AddSingleton<Forwarder>();
        services.AddSingleton<ProxyServer>();
    }

    private static void Configure(KestrelServerOptions kestrel, DaemonSettings settings, ListeningPaths paths, BoundAddresses bound)
    {
        // A byte is a character: real sites have headers that are not UTF-8.
        kestrel.RequestHeaderEncodingSelector = _ => Encoding.Latin1;
        kestrel.ResponseHeaderEncodingSelector = _ => Encoding.Latin1;
        kestrel.AddServerHeader = false;
        kestrel.AllowHostHeaderOverride = true;
        var limits = kestrel.Limits;

        // Streams rest for as long as they like; how long and how much is the vault's to say.
        (limits.MaxRequestBodySize, limits.MinRequestBodyDataRate, limits.MinResponseDataRate) = (null, null, null);
        (limits.MaxRequestLineSize, limits.MaxRequestHeadersTotalSize, limits.MaxRequestHeaderCount) = (LongestLine, LongestHeaders, MostHeaders);
        limits.MaxRequestBufferSize = ReadAhead;
        (limits.Http2.InitialConnectionWindowSize, limits.Http2.InitialStreamWindowSize) = (ConnectionWindow, StreamWindow);
        limits.Http2.MaxStreamsPerConnection = MostStreams;
        kestrel.ListenUnixSocket(paths.Proxy, Compose);
        if (settings.Proxy is { } tcp)
        {
            kestrel.Listen(tcp, listener =>
            {
                Compose(listener);
                bound.ForProxy(listener);
            });
        }
    }

    // Middleware is built from last to first: the head is told what HTTP itself is, and what TLS with HTTP inside.
    private static void Compose(ListenOptions listener)
    {
        var services = listener.ApplicationServices;
        var times = services.GetRequiredService<ProxyTimes>();
        var limits = listener.KestrelServerOptions.Limits;
        (limits.RequestHeadersTimeout, limits.KeepAliveTimeout) = (times.Head, times.BetweenRequests);
        ConnectionDelegate? plain = null;
        DaemonHost.Count(listener);
        listener.Use(next => connection => services.GetRequiredService<ProxyPlaces>().ServeAsync(connection, next));
        listener.Use(tls => connection => services.GetRequiredService<ProxyHead>().ServeAsync(connection, tls, plain!));
        listener.UseHttps(ProxyTls.Options(times));
        listener.Use(http => plain = http);
    }
}
