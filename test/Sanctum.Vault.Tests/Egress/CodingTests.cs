using System.IO.Compression;
using System.Text;
using Sanctum.Operations;
using Sanctum.Upstream;

namespace Sanctum.Tests.Egress;

/// <summary>What is encoded is searched in what it stands for; what can't be decoded to its end is not delivered.</summary>
public sealed class CodingTests : IAsyncLifetime
{
    private Outside _outside = null!;
    private TestUpstream _upstream = null!;

    public async ValueTask InitializeAsync()
    {
        // So little that an agent's two responses do not fit: a decoder that hoards would be refused for another reason than size.
        _outside = await Outside.CreateAsync(it => it with { MaxResponseMemory = 32 * 1024 * 1024 });
        _upstream = await TestUpstream.StartAsync();
        await _outside.AllowOriginsAsync(_upstream.Origin);
    }

    public async ValueTask DisposeAsync()
    {
        await _outside.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [Theory]
    [InlineData("identity")]
    [InlineData("gzip")]
    [InlineData("x-gzip")]
    [InlineData("br")]
    [InlineData("zstd")]
    [InlineData("deflate")]
    [InlineData("raw-deflate")]
    [InlineData("gzip-twice")]
    [InlineData("gzip-members")]
    public async Task An_echo_is_found_under_every_coding(string coding)
    {
        foreach (var chunk in (int[])[0, 1])
        {
            var result = await _outside.GetAsync($"{_upstream.Origin}/encoded/{coding}?chunk={chunk}");
            Told.Nothing(result);
            Assert.Contains("Authorization: Bearer [REDACTED]\n", Outside.Text(result), StringComparison.Ordinal);
            Assert.DoesNotContain("content-encoding", result.Headers.Keys);
        }
    }

    [Theory]
    [InlineData("unknown")]
    [InlineData("mislabelled")]
    [InlineData("corrupt")]
    [InlineData("unchecked")]
    [InlineData("truncated")]
    public async Task What_is_not_understood_to_its_end_is_not_delivered(string coding) =>
        await _outside.RefusedAsync(VaultErrorCode.UpstreamFailed, new($"{_upstream.Origin}/encoded/{coding}"));

    public static TheoryData<string, int> Cuts => new(Encoders.Keys.SelectMany(coding => new[] { (coding, 1), (coding, 6), (coding, 2000) }));

    // Half of an echo, decoded from half of a coding, has half of the secret in it.
    // The length that is told is that of what is sent, so that only the coding can tell that something is missing.
    [Theory]
    [MemberData(nameof(Cuts))]
    public async Task A_coding_whose_end_is_missing_is_not_delivered(string coding, int missing)
    {
        var encoded = Encoders[coding](Incompressible);
        await RefusedRawAsync(Label(coding), encoded[..^missing]);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    [InlineData("zstd")]
    public async Task Text_that_is_called_encoded_is_not_delivered(string coding) => await RefusedRawAsync(coding, "{\"this\":\"is not encoded\"}"u8.ToArray());

    [Theory]
    [InlineData("gzip, gzip, gzip, gzip")]
    [InlineData("gzip, rot13")]
    [InlineData("rot13, gzip")]
    [InlineData("compress")]
    [InlineData("dcb")]
    [InlineData("gzip;q=1")]
    [InlineData("\"gzip\"")]
    public async Task A_coding_that_is_not_known_is_not_delivered(string label) => await RefusedRawAsync(label, Encoders["gzip"](Incompressible));

    [Theory]
    [InlineData("GZIP")]
    [InlineData("identity, gzip ,")]
    public async Task A_coding_is_known_however_it_is_written(string label)
    {
        var result = await RespondAsync(label, Encoders["gzip"](Incompressible));
        Assert.Equal(Incompressible, result.Body.ToArray());
    }

    // The handler undoes chunks and nothing else: what is left would reach the agent compressed, and unsearched.
    [Theory]
    [InlineData("Transfer-Encoding: gzip, chunked")]
    [InlineData("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked")]
    [InlineData("Transfer-Encoding: x-gzip, chunked")]
    public async Task A_transfer_coding_hides_nothing(string header)
    {
        await using var raw = RawUpstream.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            var encoded = Encoders["gzip"](Encoding.ASCII.GetBytes(connection.Header("Authorization")!));
            await connection.SendAsync($"HTTP/1.1 200 OK\r\n{header}\r\n\r\n{encoded.Length:x}\r\n");
            await connection.SendAsync(encoded);
            await connection.SendAsync("\r\n0\r\n\r\n");
        });
        await _outside.AllowOriginsAsync(raw.Origin);
        await _outside.RefusedAsync(VaultErrorCode.UpstreamFailed, new(raw.Origin));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("zstd")]
    [InlineData("deflate")]
    public async Task A_response_without_a_body_may_say_how_it_would_be_encoded(string coding)
    {
        Assert.Equal((200, 0), Brief(await _outside.SendAsync(new($"{_upstream.Origin}/encoded/{coding}", "HEAD"))));
        await using var raw = RawUpstream.Responding($"HTTP/1.1 304 Not Modified\r\nContent-Encoding: {coding}\r\n\r\n");
        await _outside.AllowOriginsAsync(raw.Origin);
        Assert.Equal((304, 0), Brief(await _outside.GetAsync(raw.Origin)));

        static (int, int) Brief(HttpRequestResult result) => (result.Status, result.Body.Length);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("zstd")]
    public async Task A_bomb_does_not_go_off(string coding)
    {
        await _outside.RefusedAsync(VaultErrorCode.ResponseTooLarge, new($"{_upstream.Origin}/bomb/{coding}?mib=256"));

        // And nothing of it is kept: the next one has all of the memory again.
        Assert.Equal(1024 * 1024, (await _outside.GetAsync($"{_upstream.Origin}/text/{1024 * 1024}")).Body.Length);
    }

    // A frame of RFC 8878 whose window is 2 GiB: a decoder that takes it at its word reserves as much.
    [Fact]
    public async Task A_window_that_nobody_needs_is_not_reserved() =>
        await RefusedRawAsync("zstd", [0x28, 0xB5, 0x2F, 0xFD, 0x00, 21 << 3, 0x09, 0x00, 0x00, (byte)'a']);

    private static readonly byte[] Incompressible = MakeIncompressible();

    private static readonly Dictionary<string, Func<byte[], byte[]>> Encoders = new(StringComparer.Ordinal)
    {
        ["gzip"] = content => Through(content, output => new GZipStream(output, CompressionLevel.Fastest)),
        ["br"] = content => Through(content, output => new BrotliStream(output, CompressionLevel.Fastest)),
        ["deflate"] = content => Through(content, output => new ZLibStream(output, CompressionLevel.Fastest)),
        ["raw deflate"] = content => Through(content, output => new DeflateStream(output, CompressionLevel.Fastest)),
        ["zstd"] = content => Through(content, output => new ZstdSharp.CompressionStream(output)),
    };

    private static string Label(string coding) => coding == "raw deflate" ? "deflate" : coding;

    private static byte[] MakeIncompressible()
    {
        var state = 1u;
        var bytes = new byte[5000];
        for (var i = 0; i < bytes.Length; i++)
        {
            // Numerical Recipes' congruential generator: the same bytes in every run.
            state = (state * 1664525) + 1013904223;
            bytes[i] = (byte)(state >> 24);
        }

        return bytes;
    }

    private static byte[] Through(byte[] content, Func<Stream, Stream> coding)
    {
        var output = new MemoryStream();
        using (var encoding = coding(output))
        {
            encoding.Write(content);
        }

        return output.ToArray();
    }

    private async Task RefusedRawAsync(string label, byte[] encoded)
    {
        var refused = await Assert.ThrowsAsync<VaultException>(() => RespondAsync(label, encoded));
        Assert.Equal(VaultErrorCode.UpstreamFailed, refused.Code);
        Assert.Null(refused.InnerException);
    }

    private async Task<HttpRequestResult> RespondAsync(string label, byte[] encoded)
    {
        await using var raw = RawUpstream.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync($"HTTP/1.1 200 OK\r\nContent-Encoding: {label}\r\nContent-Length: {encoded.Length}\r\n\r\n");
            await connection.SendAsync(encoded);
        });
        await _outside.AllowOriginsAsync(raw.Origin);
        return await _outside.GetAsync(raw.Origin);
    }
}
