using System.Text;

namespace Sanctum.Cli.Runs.Children;

/// <summary>
/// The environment that a child gets, as bytes: values need not be text, and .NET would put another character in the place of each byte that
/// is none. Linux keeps what this process was started with.
/// </summary>
internal sealed class RawEnvironment
{
    private const string Own = "/proc/self/environ";

    private readonly List<(string Name, byte[] Entry)> _entries = [];

    public RawEnvironment(IEnumerable<byte[]> entries) => _entries.AddRange(entries.Select(entry => (NameOf(entry), entry)));

    /// <summary>As they are given to the child: <c>NAME=value</c> each.</summary>
    public IEnumerable<byte[]> Entries => _entries.Select(it => it.Entry);

    /// <summary>Their names, in order.</summary>
    public IEnumerable<string> Names => _entries.Select(it => it.Name);

    /// <summary>The environment of this process.</summary>
    public static RawEnvironment OfThisProcess() => new(Split(File.ReadAllBytes(Own)));

    /// <summary>A value as text; null where there is none.</summary>
    public string? Get(string name) => _entries.Where(it => it.Name == name).Select(it => Encoding.UTF8.GetString(it.Entry.AsSpan(it.Name.Length + 1))).FirstOrDefault();

    public void Set(string name, string value)
    {
        Remove(it => it == name);
        _entries.Add((name, Encoding.UTF8.GetBytes($"{name}={value}")));
    }

    /// <summary>Sets a value that is no text of this program's, such as a secret.</summary>
    public void Set(string name, ReadOnlySpan<byte> value)
    {
        Remove(it => it == name);
        _entries.Add((name, [.. Encoding.UTF8.GetBytes(name), (byte)'=', .. value]));
    }

    public void Remove(Predicate<string> which) => _entries.RemoveAll(it => which(it.Name));

    internal static IEnumerable<byte[]> Split(byte[] block)
    {
        for (var start = 0; start < block.Length;)
        {
            var length = block.AsSpan(start).IndexOf((byte)0);
            length = length < 0 ? block.Length - start : length;
            yield return block[start..(start + length)];
            start += length + 1;
        }
    }

    // What has no '=' is passed on, under a name that nobody sets.
    private static string NameOf(byte[] entry) => Encoding.Latin1.GetString(entry, 0, Array.IndexOf(entry, (byte)'=') is >= 0 and var at ? at : entry.Length);
}
