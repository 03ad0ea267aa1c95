using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Sanctum.Bench;

/// <summary>The service that requests go to: answers everything with the same half kilobyte of JSON.</summary>
internal static class HttpUpstream
{
    private static readonly byte[] Answer = Encoding.UTF8.GetBytes(
        "{\"id\":\"answer-1\",\"object\":\"completion\",\"choices\":[" + string.Join(',', Enumerable.Range(1, 6).Select(n =>
            $"{{\"index\":{n},\"message\":{{\"role\":\"assistant\",\"content\":\"the quick brown fox {n}\"}}}}")) + "]}");

    /// <param name="portFile">Where to say which port it is.</param>
    public static async Task RunAsync(string portFile)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        await using var app = builder.Build();
        app.Run(async context =>
        {
            context.Response.ContentType = "application/json";
            context.Response.ContentLength = Answer.Length;
            await context.Response.BodyWriter.WriteAsync(Answer, context.RequestAborted);
        });
        await app.StartAsync();
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        await File.WriteAllTextAsync(portFile + ".new", new Uri(address).Port.ToString(System.Globalization.CultureInfo.InvariantCulture));
        File.Move(portFile + ".new", portFile);
        await Console.In.ReadToEndAsync();
        await app.StopAsync();
    }
}
