using System.Collections.Concurrent;
using System.IO.Compression;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Sanctum.Cli.Loopback;

/// <summary>
/// A service on loopback that responds badly on purpose: it sends back the credential that it was sent, in the form that the path
/// names. It stands for an API with a debug endpoint, an error page that quotes the request, or one that was taken over.
/// </summary>
internal sealed class LoopbackService : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<string> _credentials = new();
    private int _requests;

    private LoopbackService()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _app = builder.Build();
        _app.Run(RespondAsync);
    }

    /// <summary>Such as <c>http://127.0.0.1:40001</c>.</summary>
    public string Origin { get; private set; } = "";

    public int Port => new Uri(Origin).Port;

    /// <summary>How many requests have come.</summary>
    public int Requests => Volatile.Read(ref _requests);

    /// <summary>Where <c>/redirect</c> sends whoever asks.</summary>
    public string RedirectTo { get; set; } = "";

    /// <summary>Whether this came as a credential in some request.</summary>
    public bool Received(string secret) => _credentials.Any(value => value.Contains(secret, StringComparison.Ordinal));

    public static async Task<LoopbackService> StartAsync()
    {
        var service = new LoopbackService();
        await service._app.StartAsync().ConfigureAwait(false);
        service.Origin = service._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return service;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task RespondAsync(HttpContext context)
    {
        Interlocked.Increment(ref _requests);
        var credential = context.Request.Headers.Authorization.ToString();
        _credentials.Enqueue(credential);
        var secret = credential[(credential.IndexOf(' ', StringComparison.Ordinal) + 1)..];
        var response = context.Response;
        response.ContentType = "text/plain; charset=utf-8";
        switch (context.Request.Path.Value)
        {
            case "/hello":
                await response.WriteAsync($"hello, whoever has the key {secret}").ConfigureAwait(false);
                break;
            case "/echo/header":
                response.Headers["X-Debug"] = secret;
                break;
            case "/echo/error":
                response.StatusCode = StatusCodes.Status401Unauthorized;
                await response.WriteAsync($"no such key: {secret}").ConfigureAwait(false);
                break;
            case "/echo/gzip":
                response.Headers.ContentEncoding = "gzip";
                await using (var gzip = new GZipStream(response.Body, CompressionLevel.Fastest, leaveOpen: true))
                {
                    await gzip.WriteAsync(Encoding.UTF8.GetBytes(secret), context.RequestAborted).ConfigureAwait(false);
                }

                break;
            case "/echo/chunks":
                foreach (var letter in secret)
                {
                    await response.WriteAsync(letter.ToString()).ConfigureAwait(false);
                    await response.Body.FlushAsync(context.RequestAborted).ConfigureAwait(false);
                }

                break;
            case "/echo/part":
                response.StatusCode = StatusCodes.Status206PartialContent;
                response.Headers.ContentRange = $"bytes 0-5/{secret.Length}";
                await response.WriteAsync(secret[..6]).ConfigureAwait(false);
                break;
            case "/redirect":
                response.Redirect(RedirectTo, permanent: false, preserveMethod: true);
                break;
            case ['/', 'e', 'c', 'h', 'o', '/', .. var form]:
                await response.WriteAsync(SecretForms.Write(form, secret)).ConfigureAwait(false);
                break;
            default:
                await response.WriteAsync("ok").ConfigureAwait(false);
                break;
        }
    }
}
