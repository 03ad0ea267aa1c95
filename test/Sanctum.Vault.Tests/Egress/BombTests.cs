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
    public async Task Blocks_of_nothing_within_a_coding(string coding) =>
        await RefusedAsync($"deflate, {coding}", Encoded(coding, 256, EmptyBlock));

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("zstd")]
    public async Task Frames_of_nothing_within_a_coding(string coding) => await RefusedAsync($"zstd, {coding}", Encoded(coding, 256, EmptyFrame));

    // What overlaps is replaced as one: any number of letters comes to ten.
    [Fact]
    public async Task A_text_that_is_all_secret() => await RefusedAsync("gzip", Encoded("gzip", 256, "a"u8), new string('a', 16));

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

    private async Task RefusedAsync(string label, byte[] encoded, string secret = Outside.Secret)
    {
        await using var raw = RawUpstream.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Encoding: {label}\r\nContent-Length: {encoded.Length}\r\n\r\n"));
            await connection.SendAsync(encoded);
        });
        await _outside.StoreAsync(new() { AllowedOrigins = [raw.Origin] }, secret);
        await _outside.RefusedAsync(VaultErrorCode.ResponseTooLarge, new(raw.Origin)).InTime();
    }
}
