using Sanctum.Tests.Fixture;
using Sanctum.Upstream;

namespace Sanctum.Tests.Egress;

/// <summary>What .NET's client leaves in a body because it reads its framing otherwise is no response: the sizes of chunks cut a secret to pieces.</summary>
public sealed class FramingTests : IAsyncLifetime
{
    private Outside _outside = null!;

    public async ValueTask InitializeAsync() => _outside = await Outside.CreateAsync();

    public ValueTask DisposeAsync() => _outside.DisposeAsync();

    [Theory]
    [InlineData("chunked, chunked")]
    [InlineData("chunked\r\nTransfer-Encoding: chunked")]
    [InlineData("Chunked , CHUNKED")]
    public async Task A_body_with_chunks_within_chunks_is_refused(string coding)
    {
        var echo = InChunks(Outside.Secret);
        await RefusedAsync($"HTTP/1.1 200 OK\r\nTransfer-Encoding: {coding}\r\n\r\n{echo.Length:x}\r\n{echo}\r\n0\r\n\r\n");
    }

    // White space to some, and a letter to others.
    [Theory]
    [InlineData("\u000bchunked")]
    [InlineData("chunked\u000b")]
    [InlineData("\u000cchunked")]
    [InlineData("\u0085chunked")]
    [InlineData("\u00a0chunked")]
    [InlineData("chunked\u00a0")]
    [InlineData("\"chunked\"")]
    [InlineData("chunked;a=b")]
    [InlineData("")]
    public async Task A_body_with_an_unknown_transfer_encoding_is_refused(string coding) =>
        await RefusedAsync($"HTTP/1.1 200 OK\r\nTransfer-Encoding: {coding}\r\nConnection: close\r\n\r\n{InChunks(Outside.Secret)}");

    [Theory]
    [InlineData("chunked")]
    [InlineData("CHUNKED")]
    [InlineData("\tchunked ")]
    [InlineData("chunked,")]
    public async Task Chunks_are_known_however_they_are_written(string coding)
    {
        await using var raw = RawUpstream.Responding($"HTTP/1.1 200 OK\r\nTransfer-Encoding: {coding}\r\n\r\n{InChunks(Outside.Secret)}");
        await _outside.AllowOriginsAsync(raw.Origin);
        Assert.Equal("[REDACTED]", Outside.Text(await _outside.GetAsync(raw.Origin)));
    }

    private static string InChunks(string text) => string.Concat(text.Chunk(4).Select(piece => $"{piece.Length:x}\r\n{new string(piece)}\r\n")) + "0\r\n\r\n";

    private async Task RefusedAsync(string answer)
    {
        await using var raw = RawUpstream.Responding(answer);
        await _outside.AllowOriginsAsync(raw.Origin);
        await _outside.RefusedAsync(VaultErrorCode.UpstreamFailed, new(raw.Origin));
    }
}
