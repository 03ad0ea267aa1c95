using System.Buffers;
using CsCheck;
using Sanctum.Protocol.Framing;

namespace Sanctum.Protocol.Tests.Framing;

public sealed class FrameBufferTests
{
    [Fact]
    public void What_is_written_in_any_pieces_is_the_frames_payload() => Gen.Byte.Array[0, 3000].Array[1, 6].Sample(pieces =>
    {
        using var buffer = new FrameBuffer();
        foreach (var piece in pieces)
        {
            buffer.Write(piece);
        }

        var whole = pieces.SelectMany(piece => piece).ToArray();
        Assert.Equal(whole.Length, buffer.PayloadLength);
        Assert.Equal(whole.Length, System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(buffer.Frame.Span));
        Assert.Equal(whole, buffer.Frame[FrameLimits.Prefix..].ToArray());
    });

    [Fact]
    public void A_reset_zeroes_what_was_written()
    {
        using var buffer = new FrameBuffer();
        buffer.Write("a secret"u8);
        var before = buffer.Frame[FrameLimits.Prefix..];

        buffer.Reset();

        Assert.Equal(new byte[8], before.ToArray());
        Assert.Equal(0, buffer.PayloadLength);
    }

    [Fact]
    public void Growing_zeroes_the_smaller_buffer()
    {
        using var buffer = new FrameBuffer();
        buffer.Write("a secret"u8);
        var before = buffer.Frame[FrameLimits.Prefix..];

        buffer.Write(new byte[100_000]);

        Assert.Equal(new byte[8], before.ToArray());
        Assert.Equal("a secret"u8.ToArray(), buffer.Frame.Slice(FrameLimits.Prefix, 8).ToArray());
    }

    [Fact]
    public void Disposing_zeroes_what_was_written()
    {
        var buffer = new FrameBuffer();
        buffer.Write("a secret"u8);
        var before = buffer.Frame[FrameLimits.Prefix..];

        buffer.Dispose();

        Assert.Equal(new byte[8], before.ToArray());
    }

    [Fact]
    public void It_can_not_be_advanced_past_its_end()
    {
        using var buffer = new FrameBuffer();
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.Advance(1_000_000));
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.Advance(-1));
    }
}
