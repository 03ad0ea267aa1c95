namespace Sanctum.Cli.Runs;

/// <summary>Paths without links: bubblewrap builds another root, in which an absolute link on the way leads nowhere.</summary>
internal static class RealPath
{
    /// <summary>Where a path leads to. What does not exist, links in circles with it, is returned absolute and otherwise as it is.</summary>
    public static string Of(string path)
    {
        path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        return Path.Exists(path) ? Followed(path) : path;
    }

    private static string Followed(string path)
    {
        if (Path.GetDirectoryName(path) is not { } parent)
        {
            return path;
        }

        var folder = Followed(parent);
        var here = Path.Join(folder, Path.GetFileName(path));
        return new FileInfo(here).LinkTarget is { } target ? Followed(Path.GetFullPath(target, folder)) : here;
    }
}
