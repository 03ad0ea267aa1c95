using System.Text;
using Sanctum.Cli.Dotenv;
using Sanctum.Cli.Secrets;
using Sanctum.Storage.Sqlite.Files;

namespace Sanctum.Cli.Scans;

/// <summary>Looks for secrets in one file.</summary>
internal static class FileSearch
{
    /// <summary>Larger files are data, which takes long to search.</summary>
    internal const long Largest = 64 * 1024 * 1024;

    /// <summary>More of them in one file are not looked for.</summary>
    internal const int Most = 10_000;

    private const int Beginning = 8000; // As git decides what is binary.
    private const int LargestDotenv = 1024 * 1024;

    /// <summary>What was found; or why the file was not searched.</summary>
    public static (IEnumerable<Finding> Found, string? Skipped) Search(string path)
    {
        if (FileFacts.At(path) is not { } facts)
        {
            return ([], null); // Gone since it was listed.
        }

        if (facts.Kind != FileKind.File)
        {
            return ([], facts.Kind == FileKind.Link ? "a link, which is not followed" : "not a regular file");
        }

        try
        {
            using var file = FoundFile.TryOpen(path, path, FileTrust.Content);
            return file is null ? ([], null)
                : file.Length > Largest ? ([], $"larger than {Largest / (1024 * 1024)} MiB")
                : EncodingOf(file) is { } encoding ? (Search(file, encoding, path), null)
                : ([], "binary");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return ([], "it can't be read");
        }
    }

    private static List<Finding> Search(FileStream file, Encoding encoding, string path)
    {
        using var reader = new StreamReader(file, encoding, detectEncodingFromByteOrderMarks: false, bufferSize: 64 * 1024, leaveOpen: true);
        var found = new TextSearch(reader).Find().Take(Most).ToList();
        if (IsDotenv(path) && file.Length <= LargestDotenv)
        {
            file.Position = 0;
            using var again = new StreamReader(file, encoding, detectEncodingFromByteOrderMarks: false, bufferSize: 64 * 1024, leaveOpen: true);
            var known = found.Select(it => it.Line).ToHashSet();
            found.AddRange(Assignments(again.ReadToEnd()).Where(it => known.Add(it.Line)));
        }

        return found;
    }

    // Values that look like no known kind, but whose name says what they are.
    private static IEnumerable<Finding> Assignments(string text) =>
        from entry in DotenvParser.Read(text.TrimStart('\uFEFF'))
        where entry is { Name: not null, Flaw: null, RefersToAnother: false } && VariableName.IsSecret(entry.Name) && Randomness.LooksSecret(entry.Value)
        select Finding.Of(entry.Line, "secret by its name", entry.Value);

    private static bool IsDotenv(string path) => Path.GetFileName(path) is var name && (name is ".env" || name.StartsWith(".env.", StringComparison.Ordinal) || name.EndsWith(".env", StringComparison.Ordinal));

    // Latin-1 takes any bytes, and all that is looked for is ASCII. UTF-16 is what some editors and shells write.
    private static Encoding? EncodingOf(FileStream file)
    {
        var beginning = new byte[Beginning];
        var length = file.ReadAtLeast(beginning, beginning.Length, throwOnEndOfStream: false);
        file.Position = 0;
        return beginning.AsSpan(0, length) switch
        {
            [0xFF, 0xFE, ..] => Encoding.Unicode,
            [0xFE, 0xFF, ..] => Encoding.BigEndianUnicode,
            var text => text.Contains((byte)0) ? null : Encoding.Latin1,
        };
    }
}
