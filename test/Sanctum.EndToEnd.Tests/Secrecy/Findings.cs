namespace Sanctum.EndToEnd.Tests.Secrecy;

/// <summary>Where which canary was seen.</summary>
/// <param name="canaries">Which are looked for.</param>
internal sealed class Findings(IReadOnlyList<Canary> canaries)
{
    private readonly SortedSet<string> _all = new(StringComparer.Ordinal);

    public IReadOnlyCollection<string> All => _all;

    /// <summary>How many places have been looked at: none would be no proof.</summary>
    public int Places { get; private set; }

    public void Look(string place, string content) => Look(place, System.Text.Encoding.UTF8.GetBytes(content));

    public void Look(string place, ReadOnlySpan<byte> content)
    {
        Places++;
        foreach (var canary in canaries)
        {
            _all.UnionWith(canary.In(content).Select(it => $"{place}: {it}"));
        }
    }

    /// <summary>Looks at a file, also at one that another process holds open.</summary>
    public void LookAtFile(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var content = new MemoryStream();
        file.CopyTo(content);
        Look(Path.GetFileName(path), content.ToArray());
    }
}
