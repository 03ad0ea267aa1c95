using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Sanctum.Upstream.Routes;

/// <summary>Responses of a known status, size and form.</summary>
internal static class ContentRoutes
{
    private const int Block = 64 * 1024;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.Map("/ok/{**anything}", context => context.Response.WriteAsync("ok"));
        routes.Map("/status/{code}", StatusAsync);
        routes.Map("/bytes/{n}", context => ContentAsync(context, Filler.Bytes));
        routes.Map("/text/{n}", context => ContentAsync(context, Filler.Text));
        routes.Map("/chunked/{n}/{size}", ChunkedAsync);
        routes.Map("/huge-headers/{count}/{size}", HugeHeadersAsync);
    }

    /// <summary><c>/status/{code}</c>: that status, and <c>Location</c> if <c>?location=</c> gives one. <see cref="RawUpstream"/> is for 1xx.</summary>
    private static Task StatusAsync(HttpContext context)
    {
        context.Response.StatusCode = (int)Echo.Segment(context, "code");
        if (Echo.Query(context, "location") is { } location)
        {
            context.Response.Headers.Location = location;
        }

        return context.Response.StatusCode is StatusCodes.Status204NoContent or StatusCodes.Status205ResetContent or StatusCodes.Status304NotModified
            ? Task.CompletedTask
            : context.Response.WriteAsync($"status {context.Response.StatusCode}");
    }

    /// <summary><c>/bytes/{n}</c>, <c>/text/{n}</c>: n bytes of <see cref="Filler"/>, their length told beforehand.</summary>
    private static async Task ContentAsync(HttpContext context, Func<int, long, byte[]> make)
    {
        var count = Echo.Segment(context, "n");
        context.Response.ContentLength = count;
        context.Response.ContentType = make == Filler.Text ? "text/plain" : "application/octet-stream";
        for (long sent = 0; sent < count; sent += Block)
        {
            await context.Response.Body.WriteAsync(make((int)Math.Min(Block, count - sent), sent), context.RequestAborted);
        }
    }

    /// <summary><c>/chunked/{n}/{size}</c>: n letters in chunks of <c>size</c>.</summary>
    private static async Task ChunkedAsync(HttpContext context)
    {
        var (count, size) = (Echo.Segment(context, "n"), Echo.Segment(context, "size"));
        for (long sent = 0; sent < count; sent += size)
        {
            await Echo.SendPieceAsync(context, Filler.Text((int)Math.Min(size, count - sent), sent));
        }
    }

    /// <summary><c>/huge-headers/{count}/{size}</c>: so many headers with values of so many letters.</summary>
    private static Task HugeHeadersAsync(HttpContext context)
    {
        var value = new string('v', (int)Echo.Segment(context, "size"));
        for (long i = 0; i < Echo.Segment(context, "count"); i++)
        {
            context.Response.Headers.Append($"x-huge-{i}", value);
        }

        return context.Response.WriteAsync("see the headers");
    }
}
