using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Sanctum.Egress.Scrubbing;

namespace Sanctum.Bench;

/// <summary>How fast responses are searched that do not hold the secret: one thread, in pieces of 16 KiB as they come from a service.</summary>
internal static class ScrubBenchmark
{
    private const int Size = 8 * 1024 * 1024;
    private const int ChunkSize = 16 * 1024;

    public static void Run(BenchOptions options)
    {
        Console.WriteLine("scrub: megabytes searched per second on one core, without the secret in them");
        var texts = Texts().ToList();
        texts.ForEach(text => Measure(text.Text, 1, options.Duration / 4));
        foreach (var (name, text) in texts)
        {
            // Both numbers of needles that requests have: one, and an AWS key's several.
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {name,-28} {Measure(text, 1, options.Duration),8:N0} MB/s   three needles {Measure(text, 3, options.Duration),8:N0} MB/s"));
        }
    }

    private static double Measure(byte[] text, int needles, TimeSpan duration)
    {
        using var all = new Needles();
        for (var i = 0; i < needles; i++)
        {
            all.Add(Encoding.ASCII.GetBytes($"sk-proj-{i}Zq7Wv3Xn/9Ty+4Kb2Lm8Rd6Hs1Pf5Jc0Gu=="));
        }

        using var scrubber = new Scrubber(all);
        var sink = new Sink();
        Search(text, scrubber, sink);
        var (bytes, before, clock) = (0L, Environment.CpuUsage.TotalTime, Stopwatch.StartNew());
        while (clock.Elapsed < duration)
        {
            Search(text, scrubber, sink);
            bytes += text.Length;
        }

        // Of the processor's time: what else the machine does makes no difference.
        var spent = Environment.CpuUsage.TotalTime - before;
        return scrubber.Found == 0 ? bytes / spent.TotalSeconds / 1e6 : throw new InvalidOperationException("the secret was found in a text without it");
    }

    private static void Search(byte[] text, Scrubber scrubber, Sink sink)
    {
        for (var at = 0; at < text.Length; at += ChunkSize)
        {
            scrubber.Write(text.AsSpan(at, Math.Min(ChunkSize, text.Length - at)), sink);
        }

        scrubber.Complete(sink);
    }

    private static IEnumerable<(string Name, byte[] Text)> Texts()
    {
        // The same in every run.
#pragma warning disable CA5394 // no secrets
        var random = new Random(8);
        string Word() => string.Concat(Enumerable.Range(0, random.Next(2, 10)).Select(_ => (char)random.Next('a', 'z' + 1)));
        string Words(int count) => string.Join(' ', Enumerable.Range(0, count).Select(_ => Word()));

        yield return ("JSON", Repeat(() => $"{{\"id\":\"msg_{Word()}{random.Next()}\",\"object\":\"chat.completion\",\"created\":{random.Next()},\"index\":{random.Next(100)},\"score\":{random.NextDouble():R},\"content\":\"{Words(20)}\"}},\n"));
        yield return ("JSON with escapes", Repeat(() => $"{{\"id\":\"{Word()}\",\"content\":\"{Words(6)}\\n\\\"{Words(4)}\\\" \\u00e9{Word()}: https:\\/\\/{Word()}.example\\/{Word()}?a={Word()}\"}},\n"));
        yield return ("HTML", Repeat(() => $"<div class=\"{Word()} {Word()}\"><a href=\"/{Word()}/{Word()}?id={random.Next(1000)}&amp;page={random.Next(10)}\">{Words(12)}</a>&nbsp;{Words(8)} &quot;{Word()}&quot;</div>\r\n"));
        yield return ("base64, random", Repeat(() => Convert.ToBase64String(Bytes(3000))));
        yield return ("binary, random", Bytes(Size));

        byte[] Bytes(int count)
        {
            var bytes = new byte[count];
            random.NextBytes(bytes);
            return bytes;
        }
#pragma warning restore CA5394
    }

    private static byte[] Repeat(Func<string> piece)
    {
        var text = new StringBuilder(Size + 8192);
        while (text.Length < Size)
        {
            text.Append(piece());
        }

        return Encoding.UTF8.GetBytes(text.ToString(0, Size));
    }

    // Takes what is written and forgets it: what it costs to keep a response is not the search's.
    private sealed class Sink : IBufferWriter<byte>
    {
        private byte[] _buffer = new byte[64 * 1024];

        public void Advance(int count)
        {
        }

        public Memory<byte> GetMemory(int sizeHint = 0)
        {
            if (_buffer.Length < sizeHint)
            {
                _buffer = new byte[sizeHint];
            }

            return _buffer;
        }

        public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;
    }
}
