using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Sanctum.Upstream.Routes;

namespace Sanctum.Upstream;

/// <summary>
/// The other end of the requests that a vault sends: an HTTP server on loopback that records what arrives and responds as the path asks.
/// It is as well-behaved as Kestrel where the route does not say otherwise; <see cref="RawUpstream"/> is for what no server should send.
/// The routes are in <see cref="EchoRoutes"/>, <see cref="ContentRoutes"/>, <see cref="EncodedRoutes"/>, <see cref="FailingRoutes"/>, <see cref="ServiceRoutes"/> and <see cref="SocketRoutes"/>,
/// each with what it responds. They take any method.
/// </summary>
public sealed class TestUpstream : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Gate> _gates = new(StringComparer.Ordinal);
    private readonly X509Certificate2? _certificate;
    private readonly WebApplication _app;
    private int _connections;

    private TestUpstream(UpstreamOptions options, Socket[] listeners)
    {
        _certificate = options.Certificate ?? options.Authority?.Issue([.. options.Names]);
        Port = ((IPEndPoint)listeners[0].LocalEndPoint!).Port;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Configure(kestrel, options, listeners));
        builder.WebHost.UseSockets(sockets =>
            sockets.CreateBoundListenSocket = endpoint => listeners.Single(listener => listener.LocalEndPoint!.Equals(endpoint)));
        _app = builder.Build();
        _app.Use(RecordAsync);
        EchoRoutes.Map(_app);
        ContentRoutes.Map(_app);
        EncodedRoutes.Map(_app);
        FailingRoutes.Map(_app, Gate);
        ServiceRoutes.Map(_app);
        SocketRoutes.Map(_app);
    }

    /// <summary>The port that it listens on.</summary>
    public int Port { get; }

    /// <summary>Scheme, IPv4 address and port, such as <c>https://127.0.0.1:40001</c>.</summary>
    public string Origin => OriginAs("127.0.0.1");

    /// <summary>Everything that arrived whole, in order. What Kestrel itself refuses is not among it.</summary>
    public Arrivals<ReceivedRequest> Requests { get; } = new();

    /// <summary>How many connections were accepted, including those that never became TLS or HTTP.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Starts an upstream.</summary>
    /// <param name="options">What kind; null for plain HTTP/1.1.</param>
    public static async Task<TestUpstream> StartAsync(UpstreamOptions? options = null)
    {
        options ??= new UpstreamOptions();
        var upstream = new TestUpstream(options, options.IPv6 ? BindBoth() : [Bind(options.At?.Address ?? IPAddress.Loopback, options.At?.Port ?? 0)]);
        await upstream._app.StartAsync();
        return upstream;
    }

    /// <summary>The origin under another of its names.</summary>
    /// <param name="host">As it stands in a URL: an IPv6 address has its brackets.</param>
    public string OriginAs(string host) => $"{(_certificate is null ? "http" : "https")}://{host}:{Port}";

    /// <summary>The gate that a route such as <c>/slow/{gate}</c> names.</summary>
    public Gate Gate(string name) => _gates.GetOrAdd(name, _ => new Gate());

    /// <summary>Stops at once: whoever still waits for a response is cut off.</summary>
    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
        _certificate?.Dispose();
    }

    private static Socket Bind(IPAddress address, int port)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(address, port));
        return socket;
    }

    /// <summary>The same port on both: what is free on one may be taken on the other, and then another is tried.</summary>
    private static Socket[] BindBoth()
    {
        while (true)
        {
            var first = Bind(IPAddress.Loopback, 0);
            try
            {
                return [first, Bind(IPAddress.IPv6Loopback, ((IPEndPoint)first.LocalEndPoint!).Port)];
            }
            catch (SocketException taken) when (taken.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                first.Dispose();
            }
        }
    }

    private void Configure(KestrelServerOptions kestrel, UpstreamOptions options, Socket[] listeners)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Limits.MinResponseDataRate = null;

        // A byte is a character: what came is recorded, and echoed, as it was.
        kestrel.RequestHeaderEncodingSelector = _ => Encoding.Latin1;
        kestrel.ResponseHeaderEncodingSelector = _ => Encoding.Latin1;
        foreach (var listener in listeners)
        {
            kestrel.Listen((IPEndPoint)listener.LocalEndPoint!, listen =>
            {
                listen.Protocols = options.Protocols;
                listen.Use(next => connection =>
                {
                    Interlocked.Increment(ref _connections);
                    return next(connection);
                });
                if (_certificate is not null)
                {
                    listen.UseHttps(_certificate);
                }
            });
        }
    }

    private async Task RecordAsync(HttpContext context, RequestDelegate next)
    {
        var request = await ReceivedRequest.ReadAsync(context);
        Requests.Add(request);
        context.Features.Set(request);
        try
        {
            await next(context);
            await context.Response.CompleteAsync();
            request.End(context.RequestAborted.IsCancellationRequested ? RequestEnding.ClientLeft : RequestEnding.Responded);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            request.End(RequestEnding.ClientLeft);
        }
        catch
        {
            // Kestrel ends the connection or the stream for whoever fails midway.
            request.End(RequestEnding.Broken);
            throw;
        }
    }
}
