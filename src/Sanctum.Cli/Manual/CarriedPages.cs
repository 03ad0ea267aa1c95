using System.Text.RegularExpressions;

namespace Sanctum.Cli.Manual;

/// <summary>The pages of <c>docs/</c>, which the executable carries: whoever has it can follow what errors point to without a network.</summary>
internal static partial class CarriedPages
{
    private const string Folder = "docs/", Ending = ".md";

    private const string Errors = "errors";

    /// <summary>The names of all pages.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. from name in typeof(CarriedPages).Assembly.GetManifestResourceNames()
           where name.StartsWith(Folder, StringComparison.Ordinal)
           orderby name
           select name[Folder.Length..^Ending.Length],
    ];

    /// <summary>
    /// The page and the section that a text names: <c>requests</c>, <c>docs/errors.md#access_denied</c> as errors have it with any address before it, or an
    /// error's code.
    /// </summary>
    public static (string Page, string? Section) Read(string text)
    {
        if (Code.IsMatch(text))
        {
            return (Errors, text.ToLowerInvariant());
        }

        var (path, section) = text.Split('#', 2) is [var before, var after] ? (before, after) : (text, null);
        var page = path[(path.LastIndexOf('/') + 1)..];
        return (page.EndsWith(Ending, StringComparison.Ordinal) ? page[..^Ending.Length] : page, section);
    }

    /// <summary>A page's text, of which links keep their words alone.</summary>
    public static string TextOf(string page)
    {
        using var reader = new StreamReader(typeof(CarriedPages).Assembly.GetManifestResourceStream($"{Folder}{page}{Ending}")!);
        return Link.Replace(reader.ReadToEnd(), "$1");
    }

    /// <summary>The anchors of a page's sections, as links write them.</summary>
    public static IEnumerable<string> SectionsOf(string text) => Headings(text).Select(heading => heading.Anchor);

    /// <summary>A section with those below it; null where there is none.</summary>
    public static string? SectionOf(string text, string anchor)
    {
        var headings = Headings(text).ToList();
        var at = headings.FindIndex(heading => heading.Anchor == anchor.ToLowerInvariant());
        return at < 0 ? null : string.Join('\n', text.Split('\n')[headings[at].Line..(headings.Skip(at + 1).FirstOrDefault(next => next.Level <= headings[at].Level)?.Line ?? ^0)]).TrimEnd() + '\n';
    }

    // A '#' in an example is a comment.
    private static IEnumerable<Heading> Headings(string text)
    {
        var fenced = false;
        foreach (var (number, line) in text.Split('\n').Index())
        {
            fenced ^= line.StartsWith("```", StringComparison.Ordinal);
            if (!fenced && HeadingLine.Match(line) is { Success: true } heading)
            {
                yield return new(number, heading.Groups[1].Length, NotInAnchors.Replace(heading.Groups[2].Value.ToLowerInvariant(), "").Replace(' ', '-'));
            }
        }
    }

    [GeneratedRegex(@"\[([^\]\[]+)\]\([^)\s]+\)")]
    private static partial Regex Link { get; }

    [GeneratedRegex("^[A-Z]+(_[A-Z]+)*$")]
    private static partial Regex Code { get; }

    [GeneratedRegex("^(#{1,6}) (.+)$")]
    private static partial Regex HeadingLine { get; }

    [GeneratedRegex(@"[^\p{L}\p{N} _-]")]
    private static partial Regex NotInAnchors { get; }

    private sealed record Heading(int Line, int Level, string Anchor);
}
