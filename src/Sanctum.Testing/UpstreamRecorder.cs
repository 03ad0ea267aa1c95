using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Sanctum.Testing;

/// <summary>A service on loopback, with TLS, that records what it is sent. <see cref="TestVault.StartUpstreamAsync"/> starts it.</summary>
public sealed class UpstreamRecorder : IAsyncDisposable
{
    private readonly ConcurrentQueue<RecordedRequest> _requests = new();
    private readonly ConcurrentQueue<UpstreamResponse> _next = new();
    private readonly WebApplication _app;
    private Func<RecordedRequest, UpstreamResponse> _respond = _ => new UpstreamResponse();

    private UpstreamRecorder(X509Certificate2 certificate)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, 0, listen =>
            {
                listen.Protocols = HttpProtocols.Http1AndHttp2;
                listen.UseHttps(certificate);
            });
        });
        _app = builder.Build();
        _app.Run(RespondAsync);
    }

    /// <summary>Scheme, address and port, such as <c>https://127.0.0.1:40001</c>.</summary>
    public string Origin { get; private set; } = "";

    /// <summary>The same as an address to combine with paths.</summary>
    public Uri Address => new(Origin);

    /// <summary>Everything that arrived, in order.</summary>
    public IReadOnlyList<RecordedRequest> Requests => [.. _requests];

    /// <summary>Has the next request get this response; several are for the requests after it.</summary>
    /// <returns>The same recorder.</returns>
    public UpstreamRecorder RespondNext(params UpstreamResponse[] responses)
    {
        ArgumentNullException.ThrowIfNull(responses);
        Array.ForEach(responses, _next.Enqueue);
        return this;
    }

    /// <summary>Has all other requests get what this makes of them. Without it they get status 200 and <c>ok</c>.</summary>
    /// <returns>The same recorder.</returns>
    public UpstreamRecorder Respond(Func<RecordedRequest, UpstreamResponse> respond)
    {
        ArgumentNullException.ThrowIfNull(respond);
        _respond = respond;
        return this;
    }

    /// <summary>Fails unless exactly one request has arrived.</summary>
    /// <returns>The request.</returns>
    /// <exception cref="TestVaultException">None has, or several have.</exception>
    public RecordedRequest RequireSingle() => Requests is [var single] ? single : throw new TestVaultException($"one request was expected, and {Said()} arrived");

    /// <summary>Fails if a request has arrived.</summary>
    /// <exception cref="TestVaultException">One has.</exception>
    public void RequireNone()
    {
        if (!_requests.IsEmpty)
        {
            throw new TestVaultException($"no request was expected, and {Said()} arrived");
        }
    }

    /// <summary>Stops the service at once.</summary>
    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationToken(canceled: true)).ConfigureAwait(false);
        await _app.DisposeAsync().ConfigureAwait(false);
    }

    internal static async Task<UpstreamRecorder> StartAsync(X509Certificate2 certificate)
    {
        var recorder = new UpstreamRecorder(certificate);
        await recorder._app.StartAsync().ConfigureAwait(false);
        var addresses = recorder._app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses;
        recorder.Origin = addresses.Single();
        return recorder;
    }

    private string Said() => _requests.IsEmpty ? "none" : $"{_requests.Count} ({string.Join(", ", _requests)})";

    private async Task RespondAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted).ConfigureAwait(false);
        var request = new RecordedRequest(
            context.Request.Method,
            context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget,
            [.. context.Request.Headers.SelectMany(header => header.Value.Select(value => KeyValuePair.Create(header.Key, value ?? "")))],
            body.ToArray());
        _requests.Enqueue(request);
        var response = _next.TryDequeue(out var next) ? next : _respond(request);
        (context.Response.StatusCode, context.Response.ContentType) = (response.Status, response.ContentType);
        foreach (var (name, value) in response.Headers)
        {
            context.Response.Headers.Append(name, value);
        }

        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(response.Body), context.RequestAborted).ConfigureAwait(false);
    }
}
