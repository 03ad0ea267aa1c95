using System.IO.Compression;
using System.Net.Http;
using ZstdSharp;
using ZstdSharp.Unsafe;

namespace Sanctum.Egress.Receiving;

/// <summary>Undoes an answer's content codings (RFC 9110, section 8.4), so that what is searched is what the agent gets.</summary>
internal static class ContentDecoding
{
    /// <summary>What we ask for where the caller does not say.</summary>
    public const string Accepted = "gzip, br, zstd, deflate";

    private const int MaxLayers = 3;

    // What is delivered has a limit of its own, which some texts never come to: one that is all secret, of which little is left, and codings whose
    // content stands for nothing, within another that made it small. This is for them, and far above what a reply can carry.
    private const int MaxBytes = 16 * 1024 * 1024;

    // RFC 8878, section 3.1.1.1.2: decoders should support windows of 8 MiB, and may refuse larger ones.
    private const int ZstdMaxWindowLog = 23;

    /// <summary>The stream behind all of them; the codings that were undone are in the order in which they were applied.</summary>
    /// <exception cref="VaultException">A coding is unknown, so nothing in it could be searched; upstream failed. Reading throws when there
    /// is more than anybody needs, in what is delivered or between two codings; response too large.</exception>
    public static Stream Decode(Stream content, HttpContent of)
    {
        string[] codings = [.. Values(of).SelectMany(value => value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))];
        if (codings.Length > MaxLayers)
        {
            throw Undecodable();
        }

        foreach (var coding in codings.Reverse())
        {
            content = Decode(new BoundedStream(content, MaxBytes), coding.ToLowerInvariant());
        }

        return new BoundedStream(content, MaxBytes);
    }

    public static VaultException Undecodable() => Errors.UpstreamFailed(
        "the service's answer is encoded in a way that can't be undone, so it can't be searched for the secret",
        "send an Accept-Encoding header of identity");

    private static IEnumerable<string> Values(HttpContent of) =>
        of.Headers.NonValidated.TryGetValues("Content-Encoding", out var values) ? values : [];

    private static Stream Decode(Stream content, string coding) => coding switch
    {
        "gzip" or "x-gzip" => new GzipMembers(content),
        "br" => Brotli(new WatchedStream(content)),
        "deflate" => new DeflateSniffingStream(content),
        "zstd" => Zstd(content),
        "identity" => content,
        _ => throw Undecodable(),
    };

    // RFC 7932, section 9.2: the last meta-block says that it is the last; a decoder that asks for more has not seen it.
    private static WholeStream Brotli(WatchedStream content) => new(
        new BrotliStream(content, CompressionMode.Decompress), () => content.Count == 0 || !content.SawEnd);

    private static DecompressionStream Zstd(Stream content)
    {
        var stream = new DecompressionStream(content, leaveOpen: false);
        stream.SetParameter(ZSTD_dParameter.ZSTD_d_windowLogMax, ZstdMaxWindowLog);
        return stream;
    }
}
