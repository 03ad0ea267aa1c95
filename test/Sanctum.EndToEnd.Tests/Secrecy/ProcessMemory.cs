using System.Globalization;
using System.Diagnostics;
using Microsoft.Win32.SafeHandles;

namespace Sanctum.EndToEnd.Tests.Secrecy;

/// <summary>All that a process has written to memory, read from outside.</summary>
internal static class ProcessMemory
{
    private const int Chunk = 8 * 1024 * 1024;
    private const int Overlap = 1024;
    private const int Page = 4096;

    /// <summary>Looks through all of its writable memory; returns how many bytes that was.</summary>
    public static long Search(Process process, Findings findings)
    {
        using var memory = new FileStream($"/proc/{process.Id}/mem", new FileStreamOptions { Access = FileAccess.Read, Share = FileShare.ReadWrite, BufferSize = 0 });
        var buffer = new byte[Chunk];
        var total = 0L;
        foreach (var (start, end, name) in Writable(process))
        {
            for (var at = start; at < end; at += Chunk - Overlap)
            {
                var chunk = buffer.AsSpan(0, (int)Math.Min(Chunk, end - at));
                total += Read(memory.SafeFileHandle, chunk, at);
                findings.Look($"memory {name}", chunk);
            }
        }

        return total;
    }

    // A mapping can be longer than the file behind it: there is no memory there, and whoever touches it gets an error.
    private static int Read(SafeFileHandle memory, Span<byte> chunk, long at)
    {
        chunk.Clear();
        try
        {
            return RandomAccess.Read(memory, chunk, at);
        }
        catch (IOException) when (chunk.Length > Page)
        {
            var total = 0;
            for (var offset = 0; offset < chunk.Length; offset += Page)
            {
                total += Read(memory, chunk.Slice(offset, Math.Min(Page, chunk.Length - offset)), at + offset);
            }

            return total;
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static IEnumerable<(long Start, long End, string Name)> Writable(Process process) =>
        from line in File.ReadAllLines($"/proc/{process.Id}/maps")
        let parts = line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries)
        where parts[1].StartsWith("rw", StringComparison.Ordinal) && !line.Contains("/dev/", StringComparison.Ordinal)
        let range = parts[0].Split('-').Select(it => long.Parse(it, NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToArray()
        select (range[0], range[1], parts.Length < 6 ? "without a name" : parts[5].Trim());
}
