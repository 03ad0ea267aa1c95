using System.IO.Compression;
using System.Text;
using Sanctum.Tests.Fixture;
using Sanctum.Upstream;

namespace Sanctum.Tests.Egress;

/// <summary>There is an end to what is decoded, also where nothing of it, or next to nothing, would be delivered.</summary>
public sealed class BombTests : IAsyncLifetime
{
    private const int Mebibyte = 1024 * 1024;

    // An empty block that is not the last (RFC 1951, section 3.2.4): five bytes that stand for nothing.
    private static readonly byte[] EmptyBlock = [0, 0, 0, 0xFF, 0xFF];

    // An empty frame (RFC 8878, section 3.1.1): no checksum, content size 0, and one raw block of nothing that is the last.
    private static readonly byte[] EmptyFrame = [0x28, 0xB5, 0x2F, 0xFD, 0x20, 0x00, 0x01, 0x00, 0x00];

    private Outside _outside = null!;

    public async ValueTask InitializeAsync() => _outside = await Outside.CreateAsync();

    public ValueTask DisposeAsync() => _outside.DisposeAsync();

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("zstd")]
    [InlineData("deflate")]
    public async Task Empty_blocks_within_a_coding_are_refused(string coding) =>
        await RefusedAsync($"deflate, {coding}", Encoded(coding, 8, EmptyBlock), VaultErrorCode.UpstreamFailed);

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("zstd")]
    public async Task Empty_frames_within_a_coding_are_refused(string coding) =>
        await RefusedAsync($"zstd, {coding}", Encoded(coding, 8, EmptyFrame), VaultErrorCode.UpstreamFailed);

    // RFC 8878, section 3.1.2: content that is skipped.
    [Theory]
    [InlineData("br")]
    [InlineData("zstd")]
    public async Task Too_many_skipped_frames_are_refused(string coding) =>
        await RefusedAsync($"zstd, {coding}", Encoded(coding, 2, [0x50, 0x2A, 0x4D, 0x18, 0, 0, 0, 0]), VaultErrorCode.UpstreamFailed);

    // RFC 7932, section 9.2: a meta-block of metadata, here of one byte, which is skipped as well.
    [Fact]
    public async Task Too_much_metadata_within_brotli_is_refused()
    {
        byte[] block = [0x0C, 0x01, 0x00, 0x00, 0xFF];
        await RefusedAsync("br, gzip", [.. Gzip([0x0C, .. Enumerable.Repeat(block, 100_000).SelectMany(it => it)])], VaultErrorCode.UpstreamFailed);
    }

    // What begins as a member does at every third byte, in a block that is stored as it is: the data could end before each of them.
    [Fact]
    public async Task A_text_full_of_gzip_headers_is_refused()
    {
        var text = new byte[3 * Mebibyte];
        for (var i = 0; i < text.Length; i++)
        {
            text[i] = i % 3 == 0 ? (byte)0x1F : i % 3 == 1 ? (byte)0x8B : (byte)8;
        }

        await RefusedAsync("gzip", Gzip(text, CompressionLevel.NoCompression), VaultErrorCode.UpstreamFailed);
    }

    // A name of 3 MiB, which brotli writes in some fifty bytes.
    [Theory]
    [InlineData(0x08)]
    [InlineData(0x10)]
    [InlineData(0x18)]
    public async Task A_gzip_name_or_comment_without_end_is_refused(byte flags)
    {
        var name = new byte[3 * Mebibyte];
        name.AsSpan().Fill((byte)'n');
        byte[] member = [0x1F, 0x8B, 8, flags, 0, 0, 0, 0, 0, 10, .. name];
        var output = new MemoryStream();
        using (var brotli = new BrotliStream(output, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            brotli.Write(member);
        }

        Assert.True(output.Length < 1000);
        await RefusedAsync("gzip, br", output.ToArray(), VaultErrorCode.UpstreamFailed);
    }

    // What overlaps is replaced as one: any number of letters comes to ten.
    [Fact]
    public async Task A_text_that_is_all_secret() => await RefusedAsync("gzip", Encoded("gzip", 256, "a"u8), VaultErrorCode.ResponseTooLarge, new string('a', 16));

    private static byte[] Encoded(string coding, int mebibytes, ReadOnlySpan<byte> of)
    {
        var piece = new byte[Mebibyte / of.Length * of.Length];
        for (var i = 0; i < piece.Length; i += of.Length)
        {
            of.CopyTo(piece.AsSpan(i));
        }

        var output = new MemoryStream();
        using (Stream encoding = coding switch
        {
            "gzip" => new GZipStream(output, CompressionLevel.Fastest),
            "br" => new BrotliStream(output, CompressionLevel.Fastest),
            "zstd" => new ZstdSharp.CompressionStream(output),
            _ => new ZLibStream(output, CompressionLevel.Fastest),
        })
        {
            for (var i = 0; i < mebibytes; i++)
            {
                encoding.Write(piece);
            }
        }

        return output.ToArray();
    }

    private static byte[] Gzip(byte[] content, CompressionLevel level = CompressionLevel.Fastest)
    {
        var output = new MemoryStream();
        using (var gzip = new GZipStream(output, level))
        {
            gzip.Write(content);
        }

        return output.ToArray();
    }

    private async Task RefusedAsync(string label, byte[] encoded, VaultErrorCode code, string secret = Outside.Secret)
    {
        await using var raw = RawUpstream.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Encoding: {label}\r\nContent-Length: {encoded.Length}\r\n\r\n"));
            await connection.SendAsync(encoded);
        });
        await _outside.StoreAsync(new() { AllowedOrigins = [raw.Origin] }, secret);
        await _outside.RefusedAsync(code, new(raw.Origin)).InTime();
    }
}
