using System.Globalization;
using Sanctum.Client;

namespace Sanctum.Sdk.Program;

/// <summary>What large bodies take of a program's memory.</summary>
internal static class Transfers
{
    private const int Mebibyte = 1024 * 1024;

    /// <summary>Reads and sends so many MiB through the handler.</summary>
    /// <returns>By how many MiB the most memory that the process has had has grown.</returns>
    public static async Task<long> MeasureAsync(string socket, string keys, string origin, int mebibytes)
    {
        await using var client = await SanctumClient.ConnectAsync("program", new() { SocketPath = socket, KeyDirectory = keys });
        using var http = new HttpClient(new SanctumHttpHandler(client, "openai/key")) { Timeout = Timeout.InfiniteTimeSpan };
        await TransferAsync(http, origin, 1);
        var before = Most();
        await TransferAsync(http, origin, mebibytes);
        return (Most() - before) / 1024;
    }

    private static async Task TransferAsync(HttpClient http, string origin, int mebibytes)
    {
        var block = new byte[Mebibyte];
        await using (var download = await http.GetStreamAsync($"{origin}/download/{mebibytes}"))
        {
            var total = 0L;
            for (int count; (count = await download.ReadAsync(block)) > 0; total += count)
            {
            }

            Require(total == (long)mebibytes * Mebibyte, $"{total} bytes came");
        }

        using var content = new Blocks(block, mebibytes);
        using var response = await http.PostAsync($"{origin}/upload", content);
        var said = await response.Content.ReadAsStringAsync();
        Require(said == $"{(long)mebibytes * Mebibyte} chunked Bearer [REDACTED]", said);
    }

    private static void Require(bool isSo, string otherwise)
    {
        if (!isSo)
        {
            throw new InvalidOperationException(otherwise);
        }
    }

    // proc_pid_status(5), in KiB.
    private static long Most() => long.Parse(
        File.ReadLines("/proc/self/status").Single(line => line.StartsWith("VmHWM:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture);

    private sealed class Blocks(byte[] block, int count) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context)
        {
            for (var i = 0; i < count; i++)
            {
                await stream.WriteAsync(block);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
