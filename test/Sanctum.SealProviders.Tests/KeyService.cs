using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Sanctum.Upstream;

namespace Sanctum.SealProviders.Tests;

/// <summary>An HTTPS server on loopback that does as a test says with each request.</summary>
internal sealed class KeyService : IAsyncDisposable
{
    private readonly WebApplication _app;

    private KeyService(WebApplication app, TestAuthority? authority) => (_app, Authority) = (app, authority);

    public TestAuthority? Authority { get; }

    public string Origin { get; private set; } = "";

    /// <summary>What it responds with.</summary>
    public RequestDelegate Respond { get; set; } = http => Task.CompletedTask;

    public int Requests { get; private set; }

    public static async Task<KeyService> StartAsync(bool tls = true)
    {
        var authority = tls ? new TestAuthority() : null;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            if (authority is not null)
            {
                listen.UseHttps(authority.Issue("127.0.0.1"));
            }
        }));
        builder.WebHost.UseKestrelHttpsConfiguration();
        var app = builder.Build();
        var service = new KeyService(app, authority);
        app.Run(http =>
        {
            service.Requests++;
            return service.Respond(http);
        });
        await app.StartAsync();
        service.Origin = app.Urls.Single();
        return service;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
        Authority?.Dispose();
    }
}
