using System.Collections.Frozen;
using System.IO.Compression;
using System.Net.Http;
using ZstdSharp;
using ZstdSharp.Unsafe;

namespace Sanctum.Egress.Receiving;

/// <summary>Undoes a response's content codings (RFC 9110, section 8.4), so that what is searched is what the agent gets.</summary>
internal static class ContentDecoding
{
    /// <summary>What we ask for where the caller does not say. Brotli and Zstandard are decoded too, and hold up to 16 MiB each while a response comes.</summary>
    public const string Accepted = "gzip, deflate";

    private const int MaxLayers = 3;

    // Not content codings, but sent as such: character sets, MIME's transfer encodings, and what S3 calls its own framing of uploads. HTTP clients and browsers
    // leave a body with one of them as it is, and so it is searched.
    private static readonly FrozenSet<string> Meaningless = FrozenSet.Create(
        StringComparer.Ordinal,
        "identity", "none", "null", "plain", "text", "raw", "utf-8", "utf8", "utf-16", "us-ascii", "ascii", "iso-8859-1", "iso8859-1", "latin1", "latin-1", "windows-1252", "7bit", "8bit", "binary", "base64", "quoted-printable",
        "aws-chunked", "text/plain", "text/html", "application/json", "charset=utf-8", "unicode");

    /// <summary>The most that comes out of all of them, in bytes.</summary>
    /// <remarks>What is delivered has a limit of its own, which some texts never come to: one that is all secret, of which little is left. This is for them,
    /// and far above what a reply can carry.</remarks>
    public const int MaxBytes = 16 * 1024 * 1024;

    // What can't be made smaller becomes a little larger. Without room for that the limit would show how small the encoding is, and so what in it is alike.
    private const int EncodedMore = 8;

    // RFC 8878, section 3.1.1.1.2: decoders should support windows of 8 MiB, and may refuse larger ones.
    private const int ZstdMaxWindowLog = 23;

    /// <summary>The stream behind all of them.</summary>
    /// <param name="content">What is encoded.</param>
    /// <param name="codings">What was applied to it, in this order.</param>
    /// <param name="memory">Where the decoders' memory comes from.</param>
    /// <param name="maxBytes">The most that can be delivered. What is encoded is not much larger than that, since encodings make things smaller; nor is what
    /// lies between two codings.</param>
    /// <exception cref="VaultException">A coding is unknown, so nothing in it could be searched; upstream failed. Reading throws when there
    /// is more than anybody needs, in what is delivered or between two codings; response too large.</exception>
    public static Stream Decode(Stream content, IReadOnlyList<string> codings, MemoryBudget memory, int maxBytes) =>
        new BoundedStream(DecodeEach(content, codings, coded => Decode(new BoundedStream(coded.Content, (long)maxBytes + (maxBytes / EncodedMore), maxBytes), coded.Coding, memory)), MaxBytes, MaxBytes);

    /// <summary>The stream behind all of them, of any length: for what is given on as it comes, and not kept.</summary>
    /// <exception cref="VaultException">A coding is unknown, so nothing in it could be searched; upstream failed.</exception>
    public static Stream DecodeEndless(Stream content, IReadOnlyList<string> codings, MemoryBudget memory) =>
        DecodeEach(content, codings, coded => Decode(coded.Content, coded.Coding, memory));

    /// <summary>The codings that a Content-Encoding header names, in the order in which they were applied; without identity and other names that change nothing.</summary>
    public static string[] Of(HttpContent content) =>
        content.Headers.NonValidated.TryGetValues("Content-Encoding", out var values) ? [.. values.SelectMany(Read)] : [];

    /// <inheritdoc cref="Of"/>
    public static IEnumerable<string> Read(string header) => header
        .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        .Select(coding => coding.ToLowerInvariant())
        .Where(coding => !Meaningless.Contains(coding));

    public static VaultException Undecodable() => Errors.UpstreamFailed(
        "the service's response can't be decoded, so it can't be searched for the secret",
        "send an Accept-Encoding header of identity");

    private static Stream DecodeEach(Stream content, IReadOnlyList<string> codings, Func<(Stream Content, string Coding), Stream> decode) => codings.Count <= MaxLayers
        ? codings.Reverse().Aggregate(content, (coded, coding) => decode((coded, coding)))
        : throw Undecodable();

    private static MeteredDecoder Decode(Stream content, string coding, MemoryBudget budget)
    {
        var meter = new DecodingMeter();
        var memory = coding switch
        {
            "br" => DecoderMemory.OfBrotli(budget),
            "zstd" => DecoderMemory.OfZstd(budget, ZstdMaxWindowLog),
            _ => DecoderMemory.OfDeflate(budget),
        };
        var input = new MeteredInput(content, meter, coding == "br" ? memory.TakeWindow : null);
        return new MeteredDecoder(Decoder(input, coding), meter, memory);
    }

    private static Stream Decoder(Stream content, string coding) => coding switch
    {
        "gzip" or "x-gzip" => new GzipMembers(content),
        "br" => Brotli(new WatchedStream(content)),
        "deflate" => new DeflateSniffingStream(content),
        "zstd" => Zstd(content),
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
