using System.Text;
using System.Text.RegularExpressions;
using Sanctum.Storage.Sqlite.Files;

namespace Sanctum.Cli.Doctor;

/// <summary>What runs a program: an interpreter, or the program itself where it is one of those whose ways are known.</summary>
/// <param name="Name">The runtime, such as <c>node</c>.</param>
/// <param name="Path">Its executable.</param>
internal sealed partial record ProgramRuntime(string Name, string Path)
{
    private const int LongestLine = 256;

    /// <summary>Finds what runs a program.</summary>
    /// <param name="program">As it is typed: a path, or a name that is looked for.</param>
    /// <param name="folders">Where names are looked for.</param>
    /// <returns>The runtime, known or not; null where there is no such program.</returns>
    /// <exception cref="UntrustedFileException">It is no regular file.</exception>
    public static ProgramRuntime? Of(string program, IReadOnlyList<string> folders)
    {
        if (Find(program, folders) is not { } path)
        {
            return null;
        }

        // A link's name is the program's: npm is a link to a script.
        var target = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
        return InterpreterOf(target) is { } interpreter && Find(interpreter, folders) is { } found
            ? new ProgramRuntime(KindOf(interpreter), found)
            : new ProgramRuntime(KindOf(path), path);
    }

    private static string? Find(string program, IReadOnlyList<string> folders) =>
        program.Contains('/', StringComparison.Ordinal) ? File.Exists(program) ? System.IO.Path.GetFullPath(program) : null
        : folders.Select(folder => System.IO.Path.Join(folder, program)).FirstOrDefault(File.Exists);

    // "#!/usr/bin/env -S node --flag", "#!/usr/bin/python3.11".
    private static string? InterpreterOf(string file)
    {
        using var stream = FoundFile.TryOpen(file, file, FileTrust.Content);
        if (stream is null)
        {
            return null;
        }

        var bytes = new byte[LongestLine];
        var line = Encoding.UTF8.GetString(bytes, 0, stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)).Split('\n')[0];
        if (!line.StartsWith("#!", StringComparison.Ordinal))
        {
            return null;
        }

        var words = line[2..].Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return words is [var env, .. var rest] && System.IO.Path.GetFileName(env) == "env" ? rest.FirstOrDefault(word => !word.StartsWith('-') && !word.Contains('=', StringComparison.Ordinal)) : words.FirstOrDefault();
    }

    // "python3.11" is Python.
    private static string KindOf(string path) => Version().Replace(System.IO.Path.GetFileName(path), "") is "nodejs" ? "node" : Version().Replace(System.IO.Path.GetFileName(path), "");

    [GeneratedRegex(@"[0-9.]+$")]
    private static partial Regex Version();
}
