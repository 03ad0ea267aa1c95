using System.Buffers;
using System.Text;
using Sanctum.Egress.Scrubbing;

namespace Sanctum.Tests.Egress.Scrubbing;

/// <summary>Runs scrubbers over whole texts.</summary>
internal static class Scrubbing
{
    public static string Scrub(string secret, string text) => Encoding.Latin1.GetString(Scrub([Encoding.UTF8.GetBytes(secret)], Encoding.Latin1.GetBytes(text), [text.Length]).Output);

    /// <summary>Writes the text in chunks of these sizes, over and over.</summary>
    public static (byte[] Output, int Found) Scrub(IEnumerable<byte[]> secrets, byte[] text, IReadOnlyList<int> sizes, bool keepsLength = false)
    {
        using var needles = NeedlesOf(secrets);
        using var scrubber = new Scrubber(needles, keepsLength);
        var output = new ArrayBufferWriter<byte>();
        for (int at = 0, turn = 0; at < text.Length; turn++)
        {
            var size = Math.Min(sizes[turn % sizes.Count], text.Length - at);
            scrubber.Write(text.AsSpan(at, size), output);
            at += size;
        }

        scrubber.Complete(output);
        return (output.WrittenSpan.ToArray(), scrubber.Found);
    }

    public static Needles NeedlesOf(params IEnumerable<byte[]> secrets)
    {
        var needles = new Needles();
        foreach (var secret in secrets)
        {
            needles.Add(secret);
        }

        return needles;
    }
}
