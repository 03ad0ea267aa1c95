using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Sanctum.Upstream;

namespace Sanctum.Bench;

/// <summary>The service that requests go to: responds to everything with the same half kilobyte of JSON.</summary>
internal static class HttpUpstream
{
    private static readonly byte[] Answer = Encoding.UTF8.GetBytes(
        "{\"id\":\"answer-1\",\"object\":\"completion\",\"choices\":[" + string.Join(',', Enumerable.Range(1, 6).Select(n =>
            $"{{\"index\":{n},\"message\":{{\"role\":\"assistant\",\"content\":\"the quick brown fox {n}\"}}}}")) + "]}");

    /// <param name="folder">Where to leave <c>ca.pem</c>, whom to trust, and then <c>ports</c>: of HTTP/1.1 and of HTTP/2, both over TLS.</param>
    public static async Task RunAsync(string folder)
    {
        using var authority = new TestAuthority("Sanctum benchmark authority");
        authority.WriteCaPem(Path.Join(folder, "ca.pem"));
        using var certificate = authority.Issue("127.0.0.1");

        // For proxies that have the other end of a handshake.
        await File.WriteAllTextAsync(Path.Join(folder, "proxy.pem"), certificate.ExportCertificatePem() + "\n");
        await File.WriteAllTextAsync(Path.Join(folder, "proxy.key"), certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem() + "\n");
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, listen => Over(listen, HttpProtocols.Http1));
            kestrel.Listen(IPAddress.Loopback, 0, listen => Over(listen, HttpProtocols.Http1AndHttp2));
        });

        void Over(ListenOptions listen, HttpProtocols protocols)
        {
            listen.Protocols = protocols;
            listen.UseHttps(certificate);
        }

        await using var app = builder.Build();
        app.Map("/events", events => events.Run(SendEventsAsync));
        app.Map("/large", large => large.Run(SendLargeAsync));
        app.Run(async context =>
        {
            // Kestrel closes an HTTP/2 connection on which many bodies are still on their way when their responses are out.
            await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
            context.Response.ContentType = "application/json";
            context.Response.ContentLength = Answer.Length;
            await context.Response.BodyWriter.WriteAsync(Answer, context.RequestAborted);
        });
        await app.StartAsync();
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        var ports = Path.Join(folder, "ports");
        await File.WriteAllLinesAsync(ports + ".new", addresses.Select(address => new Uri(address).Port.ToString(CultureInfo.InvariantCulture)));
        File.Move(ports + ".new", ports);
        await Console.In.ReadToEndAsync();
        await app.StopAsync();
    }

    // An event each few milliseconds, with when it was sent.
    private static async Task SendEventsAsync(HttpContext context)
    {
        context.Response.ContentType = "text/event-stream";
        while (!context.RequestAborted.IsCancellationRequested)
        {
            await Task.Delay(5, context.RequestAborted);
            await context.Response.WriteAsync(string.Create(CultureInfo.InvariantCulture, $"data: {Stopwatch.GetTimestamp()}\n\n"), context.RequestAborted);
        }
    }

    // So many bytes of text.
    private static async Task SendLargeAsync(HttpContext context)
    {
        var left = long.Parse(context.Request.Path.Value!.Trim('/'), CultureInfo.InvariantCulture);
        context.Response.ContentType = "text/plain";
        context.Response.ContentLength = left;
        var text = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 4096).Select(line => $"{line:x8} the quick brown fox jumps over the lazy dog\n")));
        for (; left > 0; left -= Math.Min(left, text.Length))
        {
            await context.Response.Body.WriteAsync(text.AsMemory(0, (int)Math.Min(left, text.Length)), context.RequestAborted);
        }
    }
}
