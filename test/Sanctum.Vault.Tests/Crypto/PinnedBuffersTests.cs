using Sanctum.Crypto;

namespace Sanctum.Tests.Crypto;

/// <summary>Arrays that are used again: long enough, zeroed, and not much longer than asked for.</summary>
public sealed class PinnedBuffersTests
{
    [Fact]
    public void A_table_with_a_line_to_align_it_takes_no_more_than_that() => Assert.Equal((256 * 64) + 64, PinnedBuffers.Take((256 * 64) + 64).Length);

    [Fact]
    public void Every_length_gets_an_array_of_zeroes_that_is_long_enough_whatever_was_returned_before()
    {
        int[] lengths = [0, 1, 32, 33, 1023, 1024, 1025, 1088, 1089, 2048, 2112, 2113, 16_384, 16_448, 16_449, 32_768, 32_832, 32_833, 100_000];
        for (var round = 0; round < 3; round++)
        {
            // More of each than a thread keeps for itself.
            var taken = lengths.SelectMany(length => Enumerable.Range(0, 10).Select(_ => (Length: length, Array: PinnedBuffers.Take(length)))).ToList();
            Assert.All(taken, it => Assert.True(it.Array.Length >= it.Length && !it.Array.AsSpan().ContainsAnyExcept((byte)0), $"{it.Length}"));
            taken.ForEach(it => it.Array.AsSpan().Fill(1));
            taken.ForEach(it => PinnedBuffers.Return(it.Array));
        }
    }
}
