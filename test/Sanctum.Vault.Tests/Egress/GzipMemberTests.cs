using System.IO.Compression;
using System.Text;
using Sanctum.Operations;
using Sanctum.Tests.Fixture;
using Sanctum.Upstream;

namespace Sanctum.Tests.Egress;

/// <summary>Content of several gzip members (RFC 1952, section 2.2) is delivered whole, or not at all.</summary>
public sealed class GzipMemberTests : IAsyncLifetime
{
    private Outside _outside = null!;
    private RawUpstream _upstream = null!;
    private byte[] _response = [];
    private int _chunk;

    public async ValueTask InitializeAsync()
    {
        _outside = await Outside.CreateAsync();
        _upstream = RawUpstream.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync($"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {_response.Length}\r\n\r\n");
            foreach (var chunk in _response.Chunk(_chunk == 0 ? int.MaxValue : _chunk))
            {
                await connection.SendAsync(chunk);
            }
        });
        await _outside.AllowOriginsAsync(_upstream.Origin);
    }

    public async ValueTask DisposeAsync()
    {
        await _outside.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    // The magic bytes lie in the middle of the data too, where no member begins.
    private static byte[] Text(int length) => [.. Enumerable.Range(0, length).Select(i => (i % 50) switch { 20 => (byte)0x1F, 21 => (byte)0x8B, 22 => (byte)8, _ => (byte)((i * i) >> 3) })];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    public async Task Members_are_read_one_after_the_other_however_they_arrive(int chunk)
    {
        _chunk = chunk;
        foreach (var level in new[] { CompressionLevel.NoCompression, CompressionLevel.Fastest, CompressionLevel.SmallestSize })
        {
            foreach (var parts in (int[][])[[0], [1], [300], [0, 0, 0], [1, 0, 1], [300, 5, 0, 700], [70, 70, 70, 70, 70]])
            {
                Assert.Equal(parts.SelectMany(Text), await BodyAsync([.. parts.SelectMany(part => Gzip(Text(part), level))]));
            }
        }
    }

    [Fact]
    public async Task Members_that_are_larger_than_any_buffer_are_whole()
    {
        byte[] large = [.. Text(100_000), .. Text(70_000)];
        Assert.Equal(large, await BodyAsync([.. Gzip(Text(100_000), CompressionLevel.NoCompression), .. Gzip(Text(70_000))]));
    }

    [Theory]
    [InlineData(CompressionLevel.NoCompression)]
    [InlineData(CompressionLevel.Fastest)]
    public async Task Whatever_is_cut_off_is_missed_but_for_whole_members(CompressionLevel level)
    {
        // Between members nothing tells but the response's framing, which says here that this was all.
        var (first, second) = (Gzip(Text(60), level), Gzip(Text(40), level));
        byte[] both = [.. first, .. second];
        for (var length = 1; length < both.Length; length++)
        {
            if (length == first.Length)
            {
                Assert.Equal(Text(60), await BodyAsync(both[..length]));
            }
            else
            {
                await RefusedAsync(both[..length]);
            }
        }
    }

    [Fact]
    public async Task Nothing_lies_between_members_or_after_them()
    {
        var member = Gzip(Text(60));
        foreach (var stray in (byte[][])[[0], [0x1F], [0x1F, 0x8B], [0x1F, 0x8B, 8], [0, 0, 0, 0, 0, 0, 0, 0], new byte[64], member[^4..], member[^8..], member[..^1], [.. member, 0]])
        {
            await RefusedAsync([.. member, .. stray]);
            await RefusedAsync([.. member, .. member, .. stray]);
            await RefusedAsync([.. member[..^8], .. stray, .. member[^8..]]);
            if (!stray.AsSpan().StartsWith(member))
            {
                await RefusedAsync([.. member, .. stray, .. member]);
            }
        }
    }

    [Fact]
    public async Task Every_members_check_sum_and_length_is_checked()
    {
        var member = Gzip(Text(60));
        byte[] three = [.. member, .. member, .. member];
        for (var which = 1; which <= 3; which++)
        {
            for (var back = 1; back <= 8; back++)
            {
                var changed = (byte[])three.Clone();
                changed[(which * member.Length) - back] ^= 0x10;
                await RefusedAsync(changed);
            }
        }
    }

    [Theory]
    [InlineData("1f8b080000000000000a" + "4b040043beb7e801000000", "a")]
    [InlineData("1f8b080c00000000000a" + "0300616263" + "6e616d6500" + "4b040043beb7e801000000", "a")]
    [InlineData("1f8b081800000000000a" + "6e00" + "636f00" + "4b040043beb7e801000000", "a")]
    [InlineData("1f8b08020000000000ff" + "SUM" + "4b040043beb7e801000000", "a")]
    public async Task A_header_may_say_more(string hex, string text) =>
        Assert.Equal(text, Encoding.ASCII.GetString(await BodyAsync(Convert.FromHexString(hex.Replace("SUM", "90c9", StringComparison.Ordinal)))));

    [Theory]
    [InlineData("1f8b080200000000000a" + "0000" + "4b040043beb7e801000000")]
    [InlineData("1f8b082000000000000a" + "4b040043beb7e801000000")]
    [InlineData("1f8b070000000000000a" + "4b040043beb7e801000000")]
    [InlineData("1f8b080800000000000a" + "6e616d65")]
    [InlineData("1f8b080400000000000a" + "ffff616263")]
    public async Task A_header_that_is_wrong_is_refused(string hex) => await RefusedAsync(Convert.FromHexString(hex));

    [Fact]
    public async Task Members_of_nothing_do_not_go_on_for_ever() =>
        await RefusedAsync([.. Enumerable.Repeat(Gzip([]), 9000).SelectMany(member => member)]);

    private static byte[] Gzip(byte[] content, CompressionLevel level = CompressionLevel.Fastest)
    {
        var output = new MemoryStream();
        using (var gzip = new GZipStream(output, level))
        {
            gzip.Write(content);
        }

        // Of nothing, .NET makes nothing: this is a member with one empty block.
        return content.Length > 0 ? output.ToArray() : Convert.FromHexString("1f8b080000000000000a" + "0300" + "0000000000000000");
    }

    private async Task<byte[]> BodyAsync(byte[] answer)
    {
        _response = answer;
        return (await _outside.GetAsync(_upstream.Origin)).Body.ToArray();
    }

    private Task RefusedAsync(byte[] answer)
    {
        _response = answer;
        return _outside.RefusedAsync(VaultErrorCode.UpstreamFailed, new(_upstream.Origin));
    }
}
