namespace Sanctum.Storage.Sqlite.Files;

/// <summary>
/// Whether a folder is where its path says, for as long as only root and this user want it so. Whoever can write to a folder on the way can
/// replace the next one. The sticky bit, as in <c>/tmp</c>, prevents that for entries of others.
/// </summary>
internal static class FolderTrust
{
    // As the kernel counts (path_resolution(7)).
    private const int MostLinks = 40;

    /// <summary>What is wrong with a path, from the root to its last folder that is there; null when nothing is.</summary>
    /// <param name="path">An absolute path.</param>
    public static string? FlawOf(string path)
    {
        var (at, links) = ("/", 0);
        var pending = new Stack<string>(Names(path));
        if (FlawOfFolder(at) is { } first)
        {
            return first;
        }

        while (pending.TryPop(out var name))
        {
            var next = name == ".." ? Path.GetDirectoryName(at) ?? "/" : Path.Join(at, name);
            switch (FileFacts.At(next))
            {
                case null:
                    return null;
                case { Kind: FileKind.Link, IsForeign: true, Owner: var owner }:
                    return $"the link {next} belongs to user {owner}";
                case { Kind: FileKind.Link } when ++links > MostLinks:
                    return $"the link {next} leads back to itself";
                case { Kind: FileKind.Link }:
                    var target = new FileInfo(next).LinkTarget ?? "";
                    at = target.StartsWith('/') ? "/" : at;
                    foreach (var step in Names(target))
                    {
                        pending.Push(step);
                    }

                    break;
                default:
                    if (FlawOfFolder(next) is { } flaw)
                    {
                        return flaw;
                    }

                    at = next;
                    break;
            }
        }

        return null;
    }

    /// <summary>Whether this user may not look into a folder, or not get to it: what is there can't be told.</summary>
    public static bool IsClosed(string folder)
    {
        try
        {
            _ = Directory.EnumerateFileSystemEntries(folder).Any();
            return false;
        }
        catch (UnauthorizedAccessException)
        {
            return true;
        }
        catch (IOException)
        {
            return false; // It is not there, or no folder.
        }
    }

    // The last one first, as a stack wants them.
    private static IEnumerable<string> Names(string path) => path.Split('/').Where(name => name is not "" and not ".").Reverse();

    private static string? FlawOfFolder(string folder) => FileFacts.At(folder) switch
    {
        { Kind: not FileKind.Folder } => $"{folder} is not a folder",
        { IsForeign: true, Owner: var owner } => $"the folder {folder} belongs to user {owner}",
        { IsWritableByOthers: true, Mode: var mode } when (mode & UnixFileMode.StickyBit) == 0 => $"the folder {folder} can be written by other users",
        _ => null,
    };
}
