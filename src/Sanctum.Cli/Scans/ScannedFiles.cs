using Sanctum.Storage.Sqlite.Files;

namespace Sanctum.Cli.Scans;

/// <summary>The files that a scan looks into. No link is followed: what is searched lies in the folder.</summary>
/// <param name="root">The folder, absolute.</param>
/// <param name="withIgnored">Also what git ignores.</param>
internal sealed class ScannedFiles(string root, bool withIgnored)
{
    private const string Git = ".git";

    private readonly Dictionary<string, bool> _isFolder = new(StringComparer.Ordinal);

    /// <summary>Whether git said which files to search.</summary>
    public bool KnowsIgnored { get; private set; }

    /// <summary>Their paths, absolute, in order.</summary>
    public IEnumerable<string> List()
    {
        var listed = GitFiles.List(root, withIgnored);
        KnowsIgnored = listed is not null;
        return listed is null ? Walk(root) : listed.Order(StringComparer.Ordinal).SelectMany(Expand);
    }

    // git lists a repository inside another as a folder, and goes on listing what lies behind a folder that a link has replaced.
    private IEnumerable<string> Expand(string relative)
    {
        var path = Path.Join(root, relative.TrimEnd('/'));
        return !IsReal(Path.GetDirectoryName(path)!) ? []
            : FileFacts.At(path)?.Kind == FileKind.Folder ? new ScannedFiles(path, withIgnored).List()
            : [path];
    }

    // Whether it and all folders above it, up to the root, are folders and no links.
    private bool IsReal(string folder)
    {
        if (folder.Length <= root.Length)
        {
            return true;
        }

        if (!_isFolder.TryGetValue(folder, out var isReal))
        {
            isReal = IsReal(Path.GetDirectoryName(folder)!) && FileFacts.At(folder)?.Kind == FileKind.Folder;
            _isFolder[folder] = isReal;
        }

        return isReal;
    }

    private static IEnumerable<string> Walk(string root)
    {
        var waiting = new Stack<string>([root]);
        while (waiting.TryPop(out var folder))
        {
            var options = new EnumerationOptions { IgnoreInaccessible = true, AttributesToSkip = 0 };
            foreach (var path in Directory.EnumerateFileSystemEntries(folder, "*", options).Order(StringComparer.Ordinal))
            {
                if (FileFacts.At(path) is { Kind: FileKind.Folder })
                {
                    if (Path.GetFileName(path) != Git)
                    {
                        waiting.Push(path);
                    }
                }
                else
                {
                    yield return path;
                }
            }
        }
    }
}
