using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ModelContextProtocol.AspNetCore;
using Sanctum.Client;
using Sanctum.Mcp.Tools;

namespace Sanctum.Mcp.Http;

/// <summary>An agent's side of the vault as a server of the Model Context Protocol over Streamable HTTP, on a loopback address. Hosts of revisions with sessions have one each; later ones need none.</summary>
public sealed class HttpVaultServer : IAsyncDisposable
{
    /// <summary>The only path.</summary>
    public const string Path = "/mcp";

    private readonly WebApplication _application;
    private readonly ToolSet _tools;

    private HttpVaultServer(WebApplication application, ToolSet tools, IPEndPoint endpoint) => (_application, _tools, Endpoint) = (application, tools, endpoint);

    /// <summary>Where it listens.</summary>
    public IPEndPoint Endpoint { get; }

    /// <summary>Where hosts reach it.</summary>
    public Uri Url => new($"http://{Endpoint}{Path}");

    /// <summary>Starts it.</summary>
    /// <param name="vault">The agent.</param>
    /// <param name="options">What is offered.</param>
    /// <param name="endpoint">Where to listen; port 0 for any that is free.</param>
    /// <param name="tokens">What opens it.</param>
    /// <param name="cancellationToken">Gives up starting.</param>
    /// <exception cref="ArgumentException">The address is not a loopback one.</exception>
    /// <exception cref="IOException">It can't be bound, mostly because something listens there.</exception>
    public static async Task<HttpVaultServer> StartAsync(
        SanctumClient vault, VaultServerOptions options, IPEndPoint endpoint, HttpTokens tokens, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(endpoint);
        if (!IPAddress.IsLoopback(endpoint.Address) || endpoint.Address.IsIPv4MappedToIPv6)
        {
            throw new ArgumentException("a server over HTTP listens on a loopback address only, since there is no TLS", nameof(endpoint));
        }

        var tools = new ToolSet(vault, options);
        var gate = new HttpGate(tokens);
        var application = Build(options, tools, gate, endpoint);
        try
        {
            await application.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await application.DisposeAsync().ConfigureAwait(false);
            await tools.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        var bound = new IPEndPoint(endpoint.Address, PortOf(application));
        gate.Authorities = [bound.ToString(), $"localhost:{bound.Port}"];
        return new HttpVaultServer(application, tools, bound);
    }

    /// <summary>Stops it: sessions and requests end.</summary>
    public async ValueTask DisposeAsync()
    {
        await _application.DisposeAsync().ConfigureAwait(false);
        await _tools.DisposeAsync().ConfigureAwait(false);
    }

    private static WebApplication Build(VaultServerOptions options, ToolSet tools, HttpGate gate, IPEndPoint endpoint)
    {
        // Nothing of the program's surroundings: no settings files, no environment, no log.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = HttpLimits.Body;
            kestrel.Limits.MaxConcurrentConnections = HttpLimits.Connections;
            kestrel.Limits.RequestHeadersTimeout = HttpLimits.Head;
            kestrel.Limits.MaxRequestHeadersTotalSize = 16 * 1024;
            kestrel.Listen(endpoint);
        });
        builder.Logging.ClearProviders();
        builder.Services.AddRoutingCore();
        builder.Services.AddMcpServer(server => VaultServer.Describe(server, tools, options)).WithHttpTransport(http => Configure(http, gate, options));
        var application = builder.Build();
        application.Use((http, next) => gate.PassAsync(http, _ => next(http)));
        application.UseRouting();
        application.MapMcp(Path);
        return application;
    }

    private static void Configure(HttpServerTransportOptions http, HttpGate gate, VaultServerOptions options)
    {
        http.SessionMode = HttpServerSessionMode.StatefulForInitializeClients;
        http.TimeProvider = options.TimeProvider;
#pragma warning disable MCP9006, MCPEXP002 // Marked for removal with the sessions themselves; hosts of today have sessions, and those need limits.
        http.IdleTimeout = HttpLimits.Idle;
        http.MaxIdleSessionCount = HttpLimits.Sessions;
        http.RunSessionHandler = (context, server, ended) => gate.RunSessionAsync(context, () => server.RunAsync(ended));
#pragma warning restore MCP9006, MCPEXP002
    }

    private static int PortOf(WebApplication application) =>
        new Uri(application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;
}
