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
    public static async Task<LoadResult> RunAsync(ServerProcess server, IReadOnlyList<Socket> connections, byte[] frame, TimeSpan duration)
    {
        await DriveAsync(connections, frame, TimeSpan.FromSeconds(1));
        var before = server.ProcessorTime;
        var watch = Stopwatch.StartNew();
        var times = await DriveAsync(connections, frame, duration);
        var elapsed = watch.Elapsed.TotalSeconds;
        var processor = (server.ProcessorTime - before).TotalMicroseconds / times.Count;
        times.Sort();
        return new LoadResult(times.Count / elapsed, times[times.Count / 2], times[times.Count * 99 / 100], processor);
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

    private static async Task<List<double>> DriveAsync(IReadOnlyList<Socket> connections, byte[] frame, TimeSpan duration)
    {
        var end = Stopwatch.GetTimestamp() + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        var all = await Task.WhenAll(connections.Select(socket => Task.Run(() => DriveOneAsync(socket, frame, end))));
        return [.. all.SelectMany(times => times)];
    }

    private static async Task<List<double>> DriveOneAsync(Socket socket, byte[] frame, long end)
    {
        var times = new List<double>(100_000);
        var buffer = new byte[4096];
        for (var start = Stopwatch.GetTimestamp(); start < end;)
        {
            await CallAsync(socket, frame, buffer);
            if (buffer.AsSpan(0, 64).IndexOf("\"error\""u8) >= 0)
            {
                throw new InvalidOperationException(System.Text.Encoding.UTF8.GetString(buffer));
            }

            var now = Stopwatch.GetTimestamp();
            times.Add(Stopwatch.GetElapsedTime(start, now).TotalMicroseconds);
            start = now;
        }

        return times;
    }
}
