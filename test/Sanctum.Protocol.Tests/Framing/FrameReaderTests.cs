using System.Buffers;
using CsCheck;
using Sanctum.Protocol.Framing;

namespace Sanctum.Protocol.Tests.Framing;

public sealed class FrameReaderTests
{
    [Fact]
    public void Any_split_of_any_sequence_of_frames_gives_the_same_frames()
    {
        Gen.Select(Gen.Byte.Array[1, 200].Array[0, 8], Gen.Int[1, 64].Array[1, 20]).Sample((payloads, sizes) =>
        {
            var stream = payloads.SelectMany(Frame).ToArray();
            var taken = new List<byte[]>();
            var received = new List<byte[]>();
            for (int at = 0, turn = 0; at < stream.Length; turn++)
            {
                var size = Math.Min(sizes[turn % sizes.Length], stream.Length - at);
                received.Add(stream[at..(at + size)]);
                at += size;
                var sequence = Sequence(received);
                while (FrameReader.TryRead(ref sequence, 200, out var payload))
                {
                    taken.Add(payload.ToArray());
                }

                received = sequence.IsEmpty ? [] : [sequence.ToArray()];
            }

            Assert.Empty(received);
            Assert.Equal(payloads, taken);
        });
    }

    [Theory]
    [InlineData("00000000")]
    [InlineData("00000065")]
    [InlineData("7fffffff")]
    [InlineData("80000000")]
    [InlineData("ffffffff")]
    public void A_length_of_zero_or_over_the_limit_is_refused_before_any_payload_is_there(string prefix)
    {
        var received = new ReadOnlySequence<byte>(Convert.FromHexString(prefix));
        Assert.Throws<FrameException>(() => FrameReader.TryRead(ref received, 100, out _));
    }

    [Fact]
    public void A_frame_of_exactly_the_limit_is_accepted()
    {
        var received = new ReadOnlySequence<byte>(Frame(new byte[100]));
        Assert.True(FrameReader.TryRead(ref received, 100, out var payload));
        Assert.Equal(100, payload.Length);
    }

    [Fact]
    public void Random_bytes_give_frames_or_a_frame_exception() => Gen.Byte.Array[0, 300].Sample(bytes =>
    {
        var received = new ReadOnlySequence<byte>(bytes);
        try
        {
            while (FrameReader.TryRead(ref received, 64, out var payload))
            {
                Assert.InRange(payload.Length, 1, 64);
            }
        }
        catch (FrameException)
        {
            // What a stream that is no sequence of frames must give.
        }
    });

    private static byte[] Frame(byte[] payload)
    {
        using var buffer = new FrameBuffer();
        buffer.Write(payload);
        return buffer.Frame.ToArray();
    }

    private static ReadOnlySequence<byte> Sequence(List<byte[]> parts)
    {
        var first = new Part(parts[0], 0);
        var last = first;
        foreach (var part in parts.Skip(1))
        {
            last = last.Then(part);
        }

        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Part : ReadOnlySequenceSegment<byte>
    {
        public Part(byte[] bytes, long index) => (Memory, RunningIndex) = (bytes, index);

        public Part Then(byte[] bytes)
        {
            var next = new Part(bytes, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
