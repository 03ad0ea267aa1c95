using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Sanctum.Upstream.Routes;

/// <summary>
/// What the echoing routes send back, and how. The address's query says:
/// <list type="bullet">
/// <item><c>as</c>: one of <see cref="EchoForms"/>; <c>text</c> when it is not there.</item>
/// <item><c>before</c>: so many letters of <see cref="Filler"/> come first, in the same form: what follows moves by one character of text, or
/// one alignment of base64, for each.</item>
/// <item><c>chunk</c>: the response is flushed every so many bytes, so that borders fall where the test wants them; otherwise it is sent at once,
/// with its length.</item>
/// <item><c>of</c>: the header that <c>/echo/header</c> and its like take the value of; <c>Authorization</c> when it is not there.</item>
/// </list>
/// </summary>
internal static class Echo
{
    /// <summary>The header lines that came, <c>name: value</c>, each with a line feed; in the form that is asked for.</summary>
    public static byte[] Headers(HttpContext context) =>
        InForm(context, Encoding.Latin1.GetBytes(string.Concat(Received(context).Headers.Select(header => $"{header.Key}: {header.Value}\n"))));

    /// <summary>The body that came, in the form that is asked for.</summary>
    public static byte[] Body(HttpContext context) => InForm(context, Received(context).Body);

    /// <summary>The value of the one header that is asked for, as it came.</summary>
    public static string Header(HttpContext context) => Received(context)[Query(context, "of") ?? "Authorization"] ?? "";

    /// <summary>A member of the address's query; null when it is not there.</summary>
    public static string? Query(HttpContext context, string name) => context.Request.Query[name];

    /// <summary>A number in the address's query; 0 when it is not there.</summary>
    public static int Number(HttpContext context, string name) => int.Parse(Query(context, name) ?? "0", CultureInfo.InvariantCulture);

    /// <summary>A number in the address's path.</summary>
    public static long Segment(HttpContext context, string name) => long.Parse((string)context.Request.RouteValues[name]!, CultureInfo.InvariantCulture);

    /// <summary>Sends a response, in pieces if the query says so.</summary>
    public static async Task SendAsync(HttpContext context, byte[] answer)
    {
        var size = Number(context, "chunk");
        context.Response.ContentLength = size == 0 ? answer.Length : null;
        foreach (var piece in answer.Chunk(size == 0 ? Math.Max(1, answer.Length) : size))
        {
            await SendPieceAsync(context, piece);
        }
    }

    /// <summary>Sends some bytes so that they arrive by themselves: where no length was told, they are one chunk or one frame.</summary>
    public static async Task SendPieceAsync(HttpContext context, ReadOnlyMemory<byte> piece)
    {
        await context.Response.Body.WriteAsync(piece, context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }

    private static ReceivedRequest Received(HttpContext context) => context.Features.GetRequiredFeature<ReceivedRequest>();

    private static byte[] InForm(HttpContext context, byte[] text) =>
        EchoForms.Write(Query(context, "as") ?? "text", [.. Filler.Text(Number(context, "before")), .. text]);
}
