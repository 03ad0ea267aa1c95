namespace Sanctum.Storage.Sqlite.Files;

/// <summary>The home folder in paths that no shell has seen: those in variables, in files, and after <c>--option=</c>.</summary>
internal static class HomeFolder
{
    /// <summary>The path with the home folder in place of a <c>~</c> at its beginning; any other is returned as it is.</summary>
    /// <param name="path">A path; <c>~</c> counts alone or before a <c>/</c>. <c>~name</c> is an ordinary name.</param>
    public static string Expand(string path) =>
        path is "~" or ['~', '/', ..] && Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) is { Length: > 0 } home
            ? Path.Join(home, path.AsSpan(1))
            : path;
}
