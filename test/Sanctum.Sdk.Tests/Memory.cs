using System.Text;

namespace Sanctum.Sdk.Tests;

/// <summary>Searches what a process has: its memory, its environment and arguments, the files that it has open, and those that a run has made for it.</summary>
internal static class Memory
{
    private const int Block = 1024 * 1024;

    /// <summary>Where a text is found, as bytes and as .NET has strings.</summary>
    public static IReadOnlyList<string> Find(int process, string text)
    {
        byte[][] forms = [Encoding.UTF8.GetBytes(text), Encoding.Unicode.GetBytes(text)];
        List<string> found = [];
        foreach (var name in (string[])["environ", "cmdline"])
        {
            Note(name, File.ReadAllBytes($"/proc/{process}/{name}"));
        }

        foreach (var file in Directory.GetFiles($"/proc/{process}/fd").Select(it => new FileInfo(it).ResolveLinkTarget(returnFinalTarget: false)).Where(it => it is { Exists: true, LinkTarget: null } && it.FullName.StartsWith('/') && !it.FullName.StartsWith("/dev/", StringComparison.Ordinal)))
        {
            Note(file!.FullName, File.ReadAllBytes(file.FullName));
        }

        // What the run gave it to trust lies together; the lock there is the run's own.
        var bundle = Encoding.UTF8.GetString(File.ReadAllBytes($"/proc/{process}/environ")).Split('\0').FirstOrDefault(it => it.StartsWith("SSL_CERT_FILE=", StringComparison.Ordinal))?["SSL_CERT_FILE=".Length..];
        foreach (var file in bundle is null ? [] : Directory.GetFiles(Path.GetDirectoryName(bundle)!).Where(it => Path.GetFileName(it) != "lock"))
        {
            Note(file, File.ReadAllBytes(file));
        }

        using var memory = new FileStream($"/proc/{process}/mem", FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        foreach (var fields in File.ReadLines($"/proc/{process}/maps").Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(it => it[1].StartsWith("rw", StringComparison.Ordinal)))
        {
            var ends = fields[0].Split('-').Select(it => long.Parse(it, System.Globalization.NumberStyles.HexNumber, System.Globalization.CultureInfo.InvariantCulture)).ToArray();
            Search(memory, ends[0], ends[1], bytes => Note(fields[^1], bytes));
        }

        return found;

        void Note(string where, ReadOnlySpan<byte> bytes)
        {
            foreach (var form in forms)
            {
                if (bytes.IndexOf(form) >= 0)
                {
                    found.Add(where);
                }
            }
        }
    }

    private delegate void Look(ReadOnlySpan<byte> bytes);

    // Blocks overlap, so that nothing lies between two.
    private static void Search(FileStream memory, long start, long end, Look look)
    {
        var buffer = new byte[Block];
        for (var at = start; at < end; at += Block - 256)
        {
            try
            {
                look(buffer.AsSpan(0, RandomAccess.Read(memory.SafeFileHandle, buffer.AsSpan(0, (int)Math.Min(Block, end - at)), at)));
            }
            catch (IOException)
            {
                // Reserved, and never written.
            }
        }
    }
}
