namespace Sanctum.Cli.Mcp.Texts;

/// <summary>A part of a text: from its first byte up to, and without, its last.</summary>
internal readonly record struct Place(int Start, int End);

/// <summary>Changes to a text. What they do not touch stays as it is, to the byte.</summary>
internal sealed class TextEdits
{
    private readonly SortedDictionary<Place, string> _all = new(Comparer<Place>.Create((one, other) => (one.Start, one.End).CompareTo((other.Start, other.End))));

    /// <summary>Puts something in the place of a part. No two parts overlap; what is put at the same point stands in the order in which it was added.</summary>
    public void Replace(Place place, string with) => _all[place] = _all.GetValueOrDefault(place) + with;

    /// <summary>Puts something between two bytes.</summary>
    public void Insert(int at, string text) => Replace(new(at, at), text);

    /// <summary>Takes out a part.</summary>
    public void Remove(int start, int end) => Replace(new(start, end), "");

    /// <summary>The text with all changes.</summary>
    /// <exception cref="InvalidOperationException">Two of them overlap.</exception>
    public byte[] ApplyTo(ReadOnlySpan<byte> text)
    {
        using var changed = new MemoryStream(text.Length);
        var at = 0;
        foreach (var (place, with) in _all)
        {
            _ = place.Start >= at ? 0 : throw new InvalidOperationException("two changes of a file overlap");
            changed.Write(text[at..place.Start]);
            changed.Write(System.Text.Encoding.UTF8.GetBytes(with));
            at = place.End;
        }

        changed.Write(text[at..]);
        return changed.ToArray();
    }
}
