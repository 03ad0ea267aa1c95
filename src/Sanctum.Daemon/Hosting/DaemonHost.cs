using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Sanctum.Daemon.Admin;
using Sanctum.Daemon.Hosting.Tls;
using Sanctum.Daemon.Proxy.Listening;
using Sanctum.Daemon.Proxy.Runs;
using Sanctum.Daemon.Rpc;

namespace Sanctum.Daemon.Hosting;

/// <summary>Puts the daemon's parts and listeners together. Nothing is read from the environment or from files of ASP.NET's.</summary>
internal static class DaemonHost
{
    // What a connection may hold that nobody has read yet, in either direction, in bytes. Whole frames are gathered elsewhere, within a budget.
    private const int ReadAhead = 64 * 1024;
    private const int WriteBehind = 64 * 1024;

    public static WebApplication Build(Vault vault, DaemonSettings settings, ListeningPaths paths)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions
        {
            ApplicationName = "sanctum",
            EnvironmentName = "Production",
            ContentRootPath = settings.Directory,
        });
        var threshold = new LogThreshold(settings.LogLevel);
        builder.Services.AddSingleton(threshold);
        AddLogging(builder.Logging, threshold);

        // The last one counts, and gets all that Kestrel and the daemon's parts have to say.
        builder.Services.AddSingleton<LoggerFactory>();
        builder.Services.AddSingleton<ILoggerFactory>(provider => new SparingLog(provider.GetRequiredService<LoggerFactory>(), settings.Time));
        var bound = new BoundAddresses();
        AddParts(builder.Services, vault, settings, bound);
        if (settings.Tls is { } files)
        {
            var material = files.Read(); // Now: what is wrong with it keeps the daemon from starting.
            builder.Services.AddSingleton(provider => new ServerTls(files, material, settings.Time, provider.GetRequiredService<ILogger<ServerTls>>()));
        }

        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel => Listen(kestrel, settings, paths, bound));
        builder.Services.Configure<SocketTransportOptions>(sockets => (sockets.MaxReadBufferSize, sockets.MaxWriteBufferSize) = (ReadAhead, WriteBehind));

        // After Kestrel has added its own: the last one counts. Without it, what was sent and received stays in the sockets' blocks.
        builder.Services.AddSingleton<IMemoryPoolFactory<byte>, ZeroingMemoryPoolFactory>();
        builder.Services.AddSingleton<IConnectionListenerFactory, PacedListenerFactory>();

        var app = builder.Build();
        var admin = app.Services.GetRequiredService<AdminServer>();
        app.Run(admin.RespondAsync);
        return app;
    }

    private static void AddParts(IServiceCollection services, Vault vault, DaemonSettings settings, BoundAddresses bound)
    {
        services.AddSingleton<IHostLifetime, NoLifetime>();
        services.Configure<HostOptions>(host => host.ShutdownTimeout = Timeout.InfiniteTimeSpan); // Whoever stops it says how long.

        // The vault is given and not made here: it is sealed and closed by whoever opened it, after all of this is gone.
        services.AddSingleton(_ => settings);
        services.AddSingleton(bound);
        services.AddSingleton(_ => new DrainState());
        services.AddSingleton(_ => new OpenConnections(DescriptorLimit.MostOpen(DescriptorLimit.Current)));
        services.AddSingleton(new ProxyTimes(settings.Time));
        services.AddSingleton(_ => new ProxyRuns(settings.Time));
        services.AddSingleton(new TokenGuesses(vault, settings.Config.FailedSignInsPerMinute, settings.Time));
        services.AddSingleton(provider => new AgentHost(vault, settings, provider.GetRequiredService<ProxyRuns>(), bound, provider.GetRequiredService<DrainState>(), provider.GetRequiredService<ILogger<AgentHost>>()));
        services.AddSingleton(new OperatorTokens(TimeSpan.FromSeconds(settings.Config.OperatorTokenLifetime), settings.Time));
        services.AddSingleton(_ => new PassphraseGate(settings.Time));
        services.AddSingleton(provider => new DaemonSealing(
            vault, provider.GetRequiredService<OperatorTokens>(), settings.Time, provider.GetRequiredService<ILogger<DaemonSealing>>()));
        services.AddSingleton(provider => new IdleSeal(
            vault, provider.GetRequiredService<DaemonSealing>(), settings, provider.GetRequiredService<ILogger<IdleSeal>>()));
        services.AddSingleton(provider => new AdminContext(
            vault,
            provider.GetRequiredService<DaemonSealing>(),
            provider.GetRequiredService<OperatorTokens>(),
            provider.GetRequiredService<PassphraseGate>(),
            provider.GetRequiredService<AgentHost>(),
            settings,
            bound,
            provider.GetRequiredService<DrainState>()));
        services.AddSingleton<MemoryReturn>();
        services.AddSingleton(provider => new DaemonReload(
            vault,
            provider.GetRequiredService<AgentHost>(),
            provider.GetRequiredService<IdleSeal>(),
            provider.GetRequiredService<TokenGuesses>(),
            provider.GetRequiredService<LogThreshold>(),
            provider.GetService<ServerTls>(),
            provider.GetRequiredService<AdminContext>(),
            provider.GetRequiredService<ILogger<DaemonReload>>()));
        services.AddSingleton<AdminServer>();
    }

    private static void AddLogging(ILoggingBuilder logging, LogThreshold threshold)
    {
        logging.SetMinimumLevel(LogLevel.Trace);
        logging.AddFilter(threshold.Admits);
        logging.AddFilter("Microsoft", threshold.AdmitsOthers);

        // What keeps the daemon from starting is told once, in words, by whoever starts it.
        logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
        logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace);

        // Nobody may be reading what it says: then lines are dropped, counted, and the count is the next line that can be written.
        logging.Services.Configure<ConsoleLoggerOptions>(console => console.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite);

        // Under systemd the journal has the time already, and reads the severity from a prefix.
        if (Environment.GetEnvironmentVariable("JOURNAL_STREAM") is not null)
        {
            logging.AddSystemdConsole();
        }
        else
        {
            logging.AddSimpleConsole(console =>
            {
                console.SingleLine = true;
                console.UseUtcTimestamp = true;
                console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
                console.ColorBehavior = LoggerColorBehavior.Disabled;
            });
        }
    }

    private static void Listen(KestrelServerOptions kestrel, DaemonSettings settings, ListeningPaths paths, BoundAddresses bound)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = AdminRequest.LargestBody;
        kestrel.ListenUnixSocket(paths.Agents, listener =>
        {
            Count(listener);
            ServeAgents(listener);
        });
        kestrel.ListenUnixSocket(paths.Operators, listener =>
        {
            Count(listener);
            listener.Protocols = HttpProtocols.Http1;
            listener.Use(new OperatorConnections(settings.Limits.OperatorConnections).Limit(IsOwnUser));
        });
        if (settings.Tcp is { } tcp)
        {
            kestrel.Listen(tcp, listener =>
            {
                Count(listener);
                Secure(listener, settings, (connection, flaw) => listener.ApplicationServices.GetRequiredService<AgentHost>().RefuseAsync(connection, RpcErrors.Of(flaw)));
                ServeAgents(listener);
                bound.ForAgents(listener);
            });
        }

        if (settings.Http is { } http)
        {
            kestrel.Listen(http, listener =>
            {
                Count(listener);
                listener.Protocols = HttpProtocols.Http1;
                Secure(listener, settings, OperatorTls.RefuseAsync);
                listener.Use(new OperatorConnections(settings.Limits.OperatorConnections).Limit(_ => true));
                bound.ForOperators(listener);
            });
        }
    }

    private static void ServeAgents(ListenOptions listener)
    {
        listener.ApplicationServices.GetRequiredService<DrainState>().ClosesAtOnce(listener.EndPoint);
        listener.UseConnectionHandler<AgentConnectionHandler>();
    }

    private static void Secure(ListenOptions listener, DaemonSettings settings, Func<ConnectionContext, TlsFlaw, Task> refuse)
    {
        if (settings.Tls is not null)
        {
            TlsHandshakes.Use(listener, settings, refuse);
        }
    }

    public static void Count(ListenOptions listener)
    {
        var open = listener.ApplicationServices.GetRequiredService<OpenConnections>();
        listener.Use(next => async connection =>
        {
            try
            {
                await next(connection).ConfigureAwait(false);
            }
            finally
            {
                open.Left();
            }
        });
    }

    public static bool IsOwnUser(ConnectionContext connection)
    {
        var peer = PeerCredentials.Of(connection.Features.Get<IConnectionSocketFeature>()!.Socket);
        return peer.UserId == NativeMethods.GetEffectiveUserId() || peer.UserId == 0;
    }
}
