using System.Runtime.CompilerServices;
using System.Xml.Linq;

namespace Sanctum.Architecture.Tests;

/// <summary>The repository's files, found from where this one was compiled.</summary>
internal static class Repository
{
    private static readonly string[] _notOurs = ["bin", "obj", "artifacts", ".git"];

    public static string Root { get; } = Find(Source());

    /// <summary>Files below a folder that end in <paramref name="ending"/>, as paths relative to the root with forward slashes.</summary>
    public static IReadOnlyList<string> Files(string folder, string ending)
    {
        var start = Path.Join(Root, folder);
        return !Directory.Exists(start) ? [] : [.. Directory.EnumerateFiles(start, "*" + ending, SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Root, path).Replace('\\', '/'))
            .Where(path => !path.Split('/').Intersect(_notOurs).Any())
            .Order(StringComparer.Ordinal)];
    }

    public static string Text(string path) => File.ReadAllText(Path.Join(Root, path));

    public static XDocument Xml(string path) => XDocument.Load(Path.Join(Root, path));

    private static string Find(string path) =>
        File.Exists(Path.Join(path, "Sanctum.slnx")) ? path : Find(Path.GetDirectoryName(path) ?? throw new InvalidOperationException("no Sanctum.slnx above the tests"));

    private static string Source([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
