using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Sanctum.Upstream.Routes;

/// <summary>Responses that come late, in bits, not to an end, or without one.</summary>
internal sealed class FailingRoutes
{
    private readonly Func<string, Gate> _gate;

    private FailingRoutes(Func<string, Gate> gate) => _gate = gate;

    public static void Map(IEndpointRouteBuilder routes, Func<string, Gate> gate)
    {
        var failing = new FailingRoutes(gate);
        routes.Map("/slow/{gate=slow}", failing.SlowAsync);
        routes.Map("/drip/{n}/{gate=drip}", failing.DripAsync);
        routes.Map("/hold-connection/{gate=hold}", failing.HoldAsync);
        routes.Map("/breaks/{framing=length}", BreaksAsync);
        routes.Map("/endless", EndlessAsync);
    }

    /// <summary><c>/slow</c>, <c>/slow/{gate}</c>: says nothing, not even a status, until the gate of that name (<c>slow</c> when there is none in
    /// the path) lets it pass, or the client leaves; <see cref="ReceivedRequest.Ending"/> tells which it was.</summary>
    private async Task SlowAsync(HttpContext context)
    {
        await PassAsync(context);
        await context.Response.WriteAsync("at last");
    }

    /// <summary><c>/drip/{n}</c>, <c>/drip/{n}/{gate}</c>: the headers at once, then n letters of <see cref="Filler"/>, each when the gate
    /// (<c>drip</c>) lets it pass.</summary>
    private async Task DripAsync(HttpContext context)
    {
        await context.Response.Body.FlushAsync(context.RequestAborted);
        foreach (var letter in Filler.Text((int)Echo.Segment(context, "n")))
        {
            await PassAsync(context);
            await Echo.SendPieceAsync(context, new[] { letter });
        }
    }

    /// <summary><c>/hold-connection</c>, <c>/hold-connection/{gate}</c>: all of its content at once, but not its end, which waits for the gate
    /// (<c>hold</c>).</summary>
    private async Task HoldAsync(HttpContext context)
    {
        await Echo.SendPieceAsync(context, "that is all"u8.ToArray());
        await PassAsync(context);
    }

    /// <summary><c>/breaks</c>, <c>/breaks/length</c>, <c>/breaks/chunked</c>: 50 letters, and then the connection closes, though
    /// a length of 100 was told, or the last chunk has not come. In HTTP/2 the stream is reset, and the letters may be lost.</summary>
    private static async Task BreaksAsync(HttpContext context)
    {
        context.Response.ContentLength = (string?)context.Request.RouteValues["framing"] == "length" ? 100 : null;
        await Echo.SendPieceAsync(context, Filler.Text(50));
        throw new IOException("broken off, as the route says");
    }

    /// <summary><c>/endless</c>: letters until the client leaves.</summary>
    private static async Task EndlessAsync(HttpContext context)
    {
        var letters = Filler.Text(26 * 1024);
        while (true)
        {
            await Echo.SendPieceAsync(context, letters);
        }
    }

    private Task PassAsync(HttpContext context) => _gate((string)context.Request.RouteValues["gate"]!).PassAsync(context.RequestAborted);
}
