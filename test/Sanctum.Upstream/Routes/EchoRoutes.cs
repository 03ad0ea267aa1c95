using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace Sanctum.Upstream.Routes;

/// <summary>Responses that hold what was sent, the injected secret above all. <see cref="Echo"/> has what their query may say.</summary>
internal static class EchoRoutes
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.Map("/echo/headers", context => Echo.SendAsync(context, Echo.Headers(context)));
        routes.Map("/echo/body", context => Echo.SendAsync(context, Echo.Body(context)));
        routes.Map("/echo/messages", MessagesAsync);
        routes.Map("/echo/header", HeaderAsync);
        routes.Map("/echo/reason", ReasonAsync);
        routes.Map("/echo/location", LocationAsync);
        routes.Map("/echo/trailer", TrailerAsync);
        routes.Map("/utf16/{order=le}", Utf16Async);
        routes.Map("/set-cookie", CookiesAsync);
        routes.Map("/range", RangeAsync);
    }

    /// <summary>
    /// <c>/echo/messages</c>: two messages of gRPC, or of the <c>type</c> that the query names, each with the received headers. The second is compressed if the request accepts that, or the query has a
    /// <c>force</c>: with <c>flag</c> in it the message says so, with <c>grpc-encoding</c> or <c>connect-content-encoding</c> that header.
    /// </summary>
    private static async Task MessagesAsync(HttpContext context)
    {
        var force = Echo.Query(context, "force") ?? "";
        var accepts = context.Request.Headers.Any(header => header.Key.EndsWith("-accept-encoding", StringComparison.OrdinalIgnoreCase) && header.Value.ToString().Contains("gzip", StringComparison.Ordinal));
        var isCompressed = accepts || force.Contains("flag", StringComparison.Ordinal);
        context.Response.ContentType = Echo.Query(context, "type") ?? "application/grpc";
        foreach (var name in new[] { "grpc-encoding", "connect-content-encoding" }.Where(name => accepts || force.Contains(name, StringComparison.Ordinal)))
        {
            context.Response.Headers[name] = "gzip";
        }

        await context.Response.Body.WriteAsync(Message(Echo.Headers(context), isCompressed: false));
        await context.Response.Body.WriteAsync(Message(Echo.Headers(context), isCompressed));
    }

    private static byte[] Message(byte[] content, bool isCompressed)
    {
        using var output = new MemoryStream();
        if (isCompressed)
        {
            using var encoder = new GZipStream(output, CompressionLevel.Fastest, leaveOpen: true);
            encoder.Write(content);
        }
        else
        {
            output.Write(content);
        }

        var head = new byte[5];
        head[0] = isCompressed ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(1), (int)output.Length);
        return [.. head, .. output.ToArray()];
    }

    /// <summary><c>/echo/header</c>: one received header's value is the value of <c>x-echo</c> and, its last word, part of another header's name.</summary>
    private static Task HeaderAsync(HttpContext context)
    {
        var value = Echo.Header(context);
        context.Response.Headers.Append("x-echo", value);

        // A name has no room for every character: those that are no part of a token are percent-escaped, as somebody's proxy would.
        context.Response.Headers.Append($"x-echo-{Uri.EscapeDataString(value.Split(' ')[^1])}", "1");
        return context.Response.WriteAsync("see the headers");
    }

    /// <summary><c>/echo/reason</c>: the value is the reason phrase of the status line, which only HTTP/1.1 has.</summary>
    private static Task ReasonAsync(HttpContext context)
    {
        context.Features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase = Echo.Header(context);
        return context.Response.WriteAsync("see the status line");
    }

    /// <summary><c>/echo/location</c>: a redirect whose address has the value in its query.</summary>
    private static Task LocationAsync(HttpContext context)
    {
        context.Response.Redirect($"/ok?was={Uri.EscapeDataString(Echo.Header(context))}");
        return Task.CompletedTask;
    }

    /// <summary><c>/echo/trailer</c>: the value is in the trailer <c>x-echo</c>, after a body of its own.</summary>
    private static async Task TrailerAsync(HttpContext context)
    {
        context.Response.DeclareTrailer("x-echo");
        if (context.Response.SupportsTrailers())
        {
            await context.Response.WriteAsync("see the trailer");
            context.Response.AppendTrailer("x-echo", Echo.Header(context));
            return;
        }

        // Kestrel sends trailers in HTTP/2 only; it takes HTTP/1.1's framing from any handler that says that it makes it.
        context.Response.Headers.TransferEncoding = "chunked";
        await context.Response.WriteAsync($"f\r\nsee the trailer\r\n0\r\nx-echo: {Echo.Header(context)}\r\n\r\n", Encoding.Latin1);
    }

    /// <summary><c>/utf16/le</c>, <c>/utf16/be</c>: the received headers, in UTF-16, and so labelled.</summary>
    private static Task Utf16Async(HttpContext context)
    {
        var form = $"utf-16{context.Request.RouteValues["order"]}";
        context.Response.ContentType = $"text/plain; charset={form}";
        return Echo.SendAsync(context, EchoForms.Write(form, Echo.Headers(context)));
    }

    /// <summary><c>/set-cookie</c>: two lines, of which the second holds the value; whoever keeps cookies would send them next time.</summary>
    private static Task CookiesAsync(HttpContext context)
    {
        context.Response.Headers.Append("Set-Cookie", "first=1; Path=/");
        context.Response.Headers.Append("Set-Cookie", $"second={Uri.EscapeDataString(Echo.Header(context))}; Path=/; Expires=Thu, 01 Jan 2099 00:00:00 GMT");
        return context.Response.WriteAsync("see the cookies");
    }

    /// <summary><c>/range</c>: the received headers, or the part of them that <c>Range: bytes=FIRST-LAST</c> asks for: half a secret, if it
    /// asks well.</summary>
    private static Task RangeAsync(HttpContext context)
    {
        var whole = Echo.Headers(context);
        context.Response.Headers.AcceptRanges = "bytes";
        if (context.Request.GetTypedHeaders().Range is not { Unit.Value: "bytes", Ranges: { Count: 1 } ranges })
        {
            return Echo.SendAsync(context, whole);
        }

        var range = ranges.Single();
        var first = range.From ?? Math.Max(0, whole.Length - range.To!.Value);
        var last = range.From is null ? whole.Length - 1 : Math.Min(range.To ?? long.MaxValue, whole.Length - 1);
        var satisfiable = first <= last;
        context.Response.StatusCode = satisfiable ? StatusCodes.Status206PartialContent : StatusCodes.Status416RangeNotSatisfiable;
        context.Response.Headers.ContentRange = satisfiable
            ? string.Create(CultureInfo.InvariantCulture, $"bytes {first}-{last}/{whole.Length}")
            : string.Create(CultureInfo.InvariantCulture, $"bytes */{whole.Length}");
        return satisfiable ? Echo.SendAsync(context, whole[(int)first..(int)(last + 1)]) : Task.CompletedTask;
    }
}
