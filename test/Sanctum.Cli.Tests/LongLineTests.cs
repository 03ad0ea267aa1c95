using Sanctum.Cli.Scans;

namespace Sanctum.Cli.Tests;

/// <summary>A line without an end is searched in bounded memory. It runs with nobody else: others use memory too.</summary>
[CollectionDefinition(nameof(LongLineTests), DisableParallelization = true)]
[Collection(nameof(LongLineTests))]
public sealed class LongLineTests
{
    [Fact]
    public void A_long_line_takes_bounded_memory()
    {
        using var reader = new StreamReader(new Zeros(48L * 1024 * 1024));
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var most = 0L;

        Assert.Empty(new TextSearch(new Watched(reader, () => most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true)))).Find());

        Assert.InRange(most, 1, before + (8 * 1024 * 1024));
    }

    private sealed class Watched(TextReader inner, Action look) : TextReader
    {
        public override int ReadBlock(char[] buffer, int index, int count)
        {
            look();
            return inner.ReadBlock(buffer, index, count);
        }
    }

    private sealed class Zeros(long length) : MemoryStream
    {
        private long _left = length;

        public override int Read(Span<byte> buffer)
        {
            var count = (int)Math.Min(_left, buffer.Length);
            buffer[..count].Fill((byte)'0');
            _left -= count;
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));
    }
}
