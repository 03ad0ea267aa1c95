using System.Buffers.Binary;
using System.Diagnostics;
using System.Net.Sockets;

namespace Sanctum.Bench;

/// <summary>
/// What came of driving a server: calls per second, the middle and the slow end of how long one took, and what processor time one
/// cost the server, all in microseconds.
/// </summary>
internal sealed record LoadResult(double PerSecond, double P50, double P99, double Processor);

/// <summary>Sends one frame on each of some connections, waits for the reply and sends it again, as the published clients do.</summary>
internal static class Load
{
    public static Task<LoadResult> RunAsync(ServerProcess server, IReadOnlyList<Socket> connections, byte[] frame, TimeSpan duration) =>
        RunAsync(() => server.ProcessorTime, [.. connections.Select(socket => Caller(socket, frame))], duration);

    /// <summary>Has all callers call, each after its last call has come back: a second for warming up, and then as long as is said.</summary>
    public static async Task<LoadResult> RunAsync(Func<TimeSpan> processorTime, IReadOnlyList<Func<Task>> callers, TimeSpan duration)
    {
        await DriveAsync(callers, TimeSpan.FromSeconds(1));
        var before = processorTime();
        var watch = Stopwatch.StartNew();
        var times = await DriveAsync(callers, duration);
        var elapsed = watch.Elapsed.TotalSeconds;
        var processor = (processorTime() - before).TotalMicroseconds / times.Count;
        times.Sort();
        return new LoadResult(times.Count / elapsed, times[times.Count / 2], times[times.Count * 99 / 100], processor);
    }

    /// <summary>Sends a frame each time; a reply that is an error ends the run.</summary>
    public static Func<Task> Caller(Socket socket, byte[] frame)
    {
        var buffer = new byte[4096];
        return async () =>
        {
            await CallAsync(socket, frame, buffer);
            ThrowOnError(buffer);
        };
    }

    /// <exception cref="InvalidOperationException">The reply is an error.</exception>
    public static void ThrowOnError(byte[] reply)
    {
        if (reply.AsSpan(0, 64).IndexOf("\"error\""u8) >= 0)
        {
            throw new InvalidOperationException(System.Text.Encoding.UTF8.GetString(reply));
        }
    }

    public static async Task<byte[]> CallAsync(Socket socket, ReadOnlyMemory<byte> frame, byte[] buffer)
    {
        await socket.SendAsync(frame);
        var have = 0;
        while (have < 4 || have < 4 + BinaryPrimitives.ReadInt32BigEndian(buffer))
        {
            var read = await socket.ReceiveAsync(buffer.AsMemory(have));
            have += read > 0 ? read : throw new IOException("the server closed the connection");
        }

        return buffer;
    }

    private static async Task<List<double>> DriveAsync(IReadOnlyList<Func<Task>> callers, TimeSpan duration)
    {
        var end = Stopwatch.GetTimestamp() + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        var all = await Task.WhenAll(callers.Select(call => Task.Run(() => DriveOneAsync(call, end))));
        return [.. all.SelectMany(times => times)];
    }

    private static async Task<List<double>> DriveOneAsync(Func<Task> call, long end)
    {
        var times = new List<double>(100_000);
        for (var start = Stopwatch.GetTimestamp(); start < end;)
        {
            await call();
            var now = Stopwatch.GetTimestamp();
            times.Add(Stopwatch.GetElapsedTime(start, now).TotalMicroseconds);
            start = now;
        }

        return times;
    }
}
