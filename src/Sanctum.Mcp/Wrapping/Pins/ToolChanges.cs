namespace Sanctum.Mcp.Wrapping.Pins;

/// <summary>In what a server's tools differ from those that were accepted.</summary>
/// <param name="Added">Names of tools that are new.</param>
/// <param name="Removed">Names of tools that are gone.</param>
/// <param name="Changed">Names of tools that are described otherwise.</param>
public sealed record ToolChanges(IReadOnlyList<string> Added, IReadOnlyList<string> Removed, IReadOnlyList<string> Changed)
{
    private const int MostNamed = 10;

    /// <summary>Whether there is no difference.</summary>
    public bool IsNone => Added.Count + Removed.Count + Changed.Count == 0;

    /// <summary>Compares two sets.</summary>
    public static ToolChanges Between(PinnedSet accepted, PinnedSet now) => new(
        [.. now.Tools.Where(tool => accepted.Find(tool.Name) is null).Select(tool => tool.Name)],
        [.. accepted.Tools.Where(tool => now.Find(tool.Name) is null).Select(tool => tool.Name)],
        [.. now.Tools.Where(tool => accepted.Find(tool.Name) is { } before && before.Hash != tool.Hash).Select(tool => tool.Name)]);

    /// <summary>The difference in a few words; hidden characters in names are shown escaped.</summary>
    public override string ToString() => string.Join("; ", new[] { ("changed", Changed), ("added", Added), ("removed", Removed) }
        .Where(kind => kind.Item2.Count > 0)
        .Select(kind => $"{kind.Item1}: {string.Join(", ", kind.Item2.Take(MostNamed).Select(Short))}{(kind.Item2.Count > MostNamed ? $" and {kind.Item2.Count - MostNamed} more" : "")}"));

    private static string Short(string name)
    {
        const int Longest = 64;
        var shown = Cleaning.HiddenText.Show(name);
        return shown.Length > Longest ? shown[..Longest] + "…" : shown;
    }
}
