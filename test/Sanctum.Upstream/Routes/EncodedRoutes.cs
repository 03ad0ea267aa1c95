using System.IO.Compression;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Sanctum.Upstream.Routes;

/// <summary>Responses in a content coding (RFC 9110 §8.4), rightly and wrongly.</summary>
internal static class EncodedRoutes
{
    private const int DefaultBomb = 512;
    private const int Mebibyte = 1024 * 1024;

    /// <summary>By name: what is said in <c>Content-Encoding</c>, and what is done.</summary>
    private static readonly Dictionary<string, (string Label, Func<byte[], byte[]> Encode)> Codings = new(StringComparer.Ordinal)
    {
        ["identity"] = ("identity", content => content),
        ["gzip"] = ("gzip", Gzip),
        ["x-gzip"] = ("x-gzip", Gzip),
        ["br"] = ("br", content => Through(content, output => new BrotliStream(output, CompressionLevel.Fastest))),
        ["zstd"] = ("zstd", content => Through(content, output => new ZstdSharp.CompressionStream(output))),

        // The coding called deflate is the format called zlib; some servers send the format called deflate all the same.
        ["deflate"] = ("deflate", Zlib),
        ["zlib"] = ("deflate", Zlib),
        ["raw-deflate"] = ("deflate", content => Through(content, output => new DeflateStream(output, CompressionLevel.Fastest))),

        ["gzip-twice"] = ("gzip, gzip", content => Gzip(Gzip(content))),
        ["gzip-members"] = ("gzip", content => [.. Gzip(content[..(content.Length / 2)]), .. Gzip(content[(content.Length / 2)..])]),
        ["unknown"] = ("rot13", content => content),
        ["mislabelled"] = ("gzip", content => content),

        // By the time that the check sum proves wrong, or missing, all of the content has been decoded. .NET's own decoder, which finds a wrong one, says
        // nothing when the end is missing, be it the check sum or content as well.
        ["corrupt"] = ("gzip", content => [.. Gzip(content)[..^8], .. new byte[8]]),
        ["unchecked"] = ("gzip", content => Gzip(content)[..^8]),
        ["truncated"] = ("gzip", content => Gzip(content)[..^12]),
    };

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.Map("/encoded/{coding}", EncodedAsync);
        routes.Map("/bomb/{coding=gzip}", BombAsync);
    }

    /// <summary><c>/encoded/{name}</c>: the received headers, as <see cref="Echo"/> writes them, in one of <see cref="Codings"/>.</summary>
    private static Task EncodedAsync(HttpContext context)
    {
        var (label, encode) = Codings[(string)context.Request.RouteValues["coding"]!];
        context.Response.Headers.ContentEncoding = label;
        return Echo.SendAsync(context, encode(Echo.Headers(context)));
    }

    /// <summary><c>/bomb</c>, <c>/bomb/br</c>, <c>/bomb/zstd</c>: zeroes, <c>?mib=</c> of them in MiB (512 when it does not say), in a few hundred
    /// kilobytes or less.</summary>
    private static async Task BombAsync(HttpContext context)
    {
        var coding = (string)context.Request.RouteValues["coding"]!;
        context.Response.Headers.ContentEncoding = coding;
        await using Stream inflated = coding switch
        {
            "br" => new BrotliStream(context.Response.Body, CompressionLevel.Fastest, leaveOpen: true),
            "zstd" => new ZstdSharp.CompressionStream(context.Response.Body),
            _ => new GZipStream(context.Response.Body, CompressionLevel.Fastest, leaveOpen: true),
        };
        var zeroes = new byte[Mebibyte];
        for (var left = Echo.Number(context, "mib") is > 0 and var mib ? mib : DefaultBomb; left > 0; left--)
        {
            await inflated.WriteAsync(zeroes, context.RequestAborted);
        }
    }

    private static byte[] Gzip(byte[] content) => Through(content, output => new GZipStream(output, CompressionLevel.Fastest));

    private static byte[] Zlib(byte[] content) => Through(content, output => new ZLibStream(output, CompressionLevel.Fastest));

    private static byte[] Through(byte[] content, Func<Stream, Stream> coding)
    {
        var output = new MemoryStream();
        using (var encoding = coding(output))
        {
            encoding.Write(content);
        }

        return output.ToArray();
    }
}
