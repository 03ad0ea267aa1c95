using System.Text.RegularExpressions;

namespace Sanctum.Architecture.Tests;

/// <summary>Finds Markdown links to files or headings that are not there. Links to other sites are not followed.</summary>
internal static partial class Links
{
    public static IEnumerable<string> Dead(string file)
    {
        var text = Fences.Replace(File.ReadAllText(file), string.Empty);
        var targets = MarkdownLinks.Matches(text).Concat(HtmlLinks.Matches(text)).Select(match => match.Groups["target"].Value);
        return targets.Where(target => !SchemeStart.IsMatch(target) && !Leads(file, target));
    }

    private static bool Leads(string file, string target)
    {
        var (path, heading) = target.Split('#', 2) is [var before, var after] ? (before, after) : (target, string.Empty);
        var destination = path.Length == 0 ? file : Path.GetFullPath(Path.Join(Path.GetDirectoryName(file), Uri.UnescapeDataString(path)));
        return Directory.Exists(destination)
            || (File.Exists(destination) && (heading.Length == 0 || !destination.EndsWith(".md", StringComparison.Ordinal) || HeadingsOf(destination).Contains(heading)));
    }

    // As GitHub makes anchors: lower case, punctuation dropped, spaces to hyphens.
    private static IEnumerable<string> HeadingsOf(string file) =>
        Headings.Matches(Fences.Replace(File.ReadAllText(file), string.Empty))
            .Select(match => NotInAnchors.Replace(match.Groups["title"].Value.Trim().ToLowerInvariant(), string.Empty).Replace(' ', '-'));

    [GeneratedRegex(@"^(```|~~~).*?^\1", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fences { get; }

    [GeneratedRegex(@"\]\(\s*<?(?<target>[^)\s>]+)>?[^)]*\)|^\[[^\]]+\]:\s*(?<target>\S+)", RegexOptions.Multiline)]
    private static partial Regex MarkdownLinks { get; }

    [GeneratedRegex(@"(?:src|href)=""(?<target>[^""]+)""")]
    private static partial Regex HtmlLinks { get; }

    [GeneratedRegex(@"^[a-z][a-z0-9+.-]*:", RegexOptions.IgnoreCase)]
    private static partial Regex SchemeStart { get; }

    [GeneratedRegex(@"^#{1,6}\s+(?<title>.+)$", RegexOptions.Multiline)]
    private static partial Regex Headings { get; }

    [GeneratedRegex(@"[^\p{L}\p{N} _-]")]
    private static partial Regex NotInAnchors { get; }
}
