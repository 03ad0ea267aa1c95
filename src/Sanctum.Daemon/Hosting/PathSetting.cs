using Sanctum.Daemon.Admin;
using Sanctum.Storage.Sqlite.Files;

namespace Sanctum.Daemon.Hosting;

/// <summary>A path that the configuration or a flag gives.</summary>
internal static class PathSetting
{
    /// <summary>The absolute path.</summary>
    /// <param name="key">Which setting it is, for the message.</param>
    /// <param name="text">What it says; relative to <paramref name="directory"/>; a <c>~</c> at its beginning is the home folder.</param>
    /// <param name="directory">An absolute path.</param>
    public static string Resolve(string key, string text, string directory) => text.Length > 0 && !text.Contains('\0', StringComparison.Ordinal)
        ? Path.GetFullPath(HomeFolder.Expand(text), directory)
        : throw new OperatorException(OperatorErrors.InvalidConfig, $"'{key}' is {(text.Length == 0 ? "empty" : "not a path")}", "give a path, or leave it out");
}
