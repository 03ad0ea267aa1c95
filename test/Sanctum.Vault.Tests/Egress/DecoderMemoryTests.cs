using System.IO.Compression;
using System.Text;
using Sanctum.Egress.Receiving;
using Sanctum.Tests.Fixture;
using Sanctum.Upstream;

namespace Sanctum.Tests.Egress;

/// <summary>What decoders hold is in the agent's part of the memory for responses: windows are outside of .NET's heap, where nothing else bounds them.</summary>
public sealed class DecoderMemoryTests : IAsyncLifetime
{
    private const int Mebibyte = 1024 * 1024;

    private Outside _outside = null!;

    public async ValueTask InitializeAsync() => _outside = await Outside.CreateAsync(it => it with { MaxResponseMemory = 64 * Mebibyte });

    public ValueTask DisposeAsync() => _outside.DisposeAsync();

    // Two windows of 16 MiB would be more than they leave to the others. Both responses have begun and do not end.
    [Fact]
    public async Task An_agents_windows_of_brotli_are_never_more_than_they_leave_to_the_others()
    {
        var begun = new SemaphoreSlim(0);
        var end = new TaskCompletionSource();
        var encoded = Brotli("hello", window: 24);
        await using var raw = RawUpstream.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: {encoded.Length}\r\n\r\n"));
            await connection.SendAsync(encoded[..1]);
            begun.Release();
            await end.Task;
            await connection.SendAsync(encoded[1..]);
        });
        await _outside.AllowOriginsAsync(raw.Origin);
        var other = (await _outside.Test.SignInAsync("other")).Caller;
        var first = _outside.GetAsync(raw.Origin);
        await begun.WaitAsync(TestContext.Current.CancellationToken).InTime();
        var second = _outside.GetAsync(raw.Origin);
        await begun.WaitAsync(TestContext.Current.CancellationToken).InTime();
        var limited = await Assert.ThrowsAsync<VaultException>(() => Task.WhenAny(first, second).Unwrap().InTime());
        Assert.Equal(VaultErrorCode.RateLimited, limited.Code);
        var others = _outside.SendAsync(new(raw.Origin), other);
        end.SetResult();
        Assert.Equal("hello", Outside.Text(await others.InTime()));
        Assert.Equal("hello", Outside.Text(await (first.IsFaulted ? second : first).InTime()));
        Assert.Equal("hello", Outside.Text(await _outside.GetAsync(raw.Origin)));
    }

    [Fact]
    public async Task A_window_of_zstandard_fills_as_content_comes_out()
    {
        await using var small = await Outside.CreateAsync(it => it with { MaxResponseMemory = 8 * Mebibyte });
        var encoded = Zstd(new byte[4 * Mebibyte]);
        await using var raw = RawUpstream.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Encoding: zstd\r\nContent-Length: {encoded.Length}\r\n\r\n"));
            await connection.SendAsync(encoded);
        });
        await small.AllowOriginsAsync(raw.Origin);
        await small.RefusedAsync(VaultErrorCode.RateLimited, new(raw.Origin));
        encoded = Zstd(Encoding.ASCII.GetBytes("hello"));
        Assert.Equal("hello", Outside.Text(await small.GetAsync(raw.Origin)));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(11)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(18)]
    [InlineData(22)]
    [InlineData(24)]
    public void The_first_byte_tells_brotlis_window(int bits) => Assert.Equal(1 << bits, BrotliWindow.SizeOf(Brotli("hello, hello, hello", bits)[0]));

    private static byte[] Brotli(string text, int window)
    {
        var encoded = new byte[1000];
        using var encoder = new BrotliEncoder(quality: 5, window);
        Assert.Equal(System.Buffers.OperationStatus.Done, encoder.Compress(Encoding.ASCII.GetBytes(text), encoded, out _, out var written, isFinalBlock: true));
        return encoded[..written];
    }

    private static byte[] Zstd(byte[] content)
    {
        var output = new MemoryStream();
        using (var encoding = new ZstdSharp.CompressionStream(output))
        {
            encoding.SetParameter(ZstdSharp.Unsafe.ZSTD_cParameter.ZSTD_c_windowLog, 23);
            encoding.Write(content);
        }

        return output.ToArray();
    }
}
