using System.Net;
using System.Net.Http;
using System.Text;
using Sanctum.Egress.Receiving;
using Sanctum.Egress.Scrubbing;
using Sanctum.Tests.Fixture;

namespace Sanctum.Tests.Egress;

public sealed class ResponseReaderTests
{
    // Of the slowest kind: 256 KiB of it take more than ten times as long as others should wait.
    [Fact]
    public async Task A_response_that_is_slow_to_search_leaves_the_thread_to_others_after_a_few_pieces()
    {
        const int length = 1024 * 1024;
        using var needles = new Needles();
        needles.Add(Encoding.ASCII.GetBytes(Outside.Secret));
        using var reader = new ResponseReader(needles, new MemoryBudget(new SharedMemory(64 * 1024 * 1024), "receiving"), 2 * length);
        var content = new Backslashes(length);
        using var response = new HttpResponseMessage(HttpStatusCode.OK) { Content = new StreamContent(content) };
        var (first, read, reading) = await Task.Run(() =>
        {
            var held = new FirstTurn();
            SynchronizationContext.SetSynchronizationContext(held);
            var reading = reader.ReadAsync(response, default);
            SynchronizationContext.SetSynchronizationContext(null);
            return (held, content.Taken, reading);
        });
        Assert.InRange(read, 1, 128 * 1024);
        first.Go();
        var received = await reading.InTime();
        received.Body.Dispose();
        Assert.Equal(length, content.Taken);
    }

    /// <summary>Holds what is to go on after the first turn.</summary>
    private sealed class FirstTurn : SynchronizationContext
    {
        private Action _goOn = () => { };

        public void Go() => ThreadPool.QueueUserWorkItem(_ => _goOn());

        public override void Post(SendOrPostCallback d, object? state) => _goOn = () => d(state);
    }

    /// <summary>What is always there at once.</summary>
    private sealed class Backslashes(int length) : ReadOnlyStream
    {
        public int Taken { get; private set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = Math.Min(buffer.Length, length - Taken);
            buffer.Span[..count].Fill((byte)'\\');
            Taken += count;
            return new(count);
        }
    }
}
