using System.Text;
using System.Text.Unicode;
using Sanctum.Cli.CommandLine;
using Sanctum.Storage.Sqlite.Files;

namespace Sanctum.Cli.Dotenv;

/// <summary>A .env file: its text, and the assignments in it.</summary>
internal sealed class DotenvFile
{
    private const int Longest = 4 * 1024 * 1024;
    private const string Mark = "\uFEFF";

    private DotenvFile(string path, string text) => (Path, Text, Entries) = (path, text, DotenvParser.Read(text));

    public string Path { get; }

    /// <summary>All of it, without a byte order mark.</summary>
    public string Text { get; }

    public IReadOnlyList<DotenvEntry> Entries { get; }

    private bool HasMark { get; init; }

    /// <param name="path">The file.</param>
    /// <param name="shown">What errors call it.</param>
    /// <param name="trust">What it has to be.</param>
    public static DotenvFile Read(string path, string shown, FileTrust trust)
    {
        try
        {
            return Of(path, shown, FoundFile.TryRead(path, shown, trust, Longest) ?? throw CliErrors.MissingFile(shown));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CliErrors.UnusableFile(e);
        }
    }

    public static DotenvFile Of(string path, string shown, byte[] content)
    {
        if (content is [0xFE, 0xFF, ..] or [0xFF, 0xFE, ..])
        {
            throw CliErrors.Utf16(shown);
        }

        if (!Utf8.IsValid(content))
        {
            throw CliErrors.Usage($"{shown} is not UTF-8 text", "save it as UTF-8");
        }

        var text = Encoding.UTF8.GetString(content);
        var hasMark = text.StartsWith(Mark, StringComparison.Ordinal);
        return new(path, hasMark ? text[1..] : text) { HasMark = hasMark };
    }

    /// <summary>The same file with other values in some places; all else stays as it is, to the byte.</summary>
    public byte[] With(IReadOnlyDictionary<DotenvEntry, string> values)
    {
        var text = new StringBuilder(HasMark ? Mark : "");
        var from = 0;
        foreach (var entry in Entries.Where(values.ContainsKey))
        {
            text.Append(Text[from..entry.Place.Start.Value]).Append(values[entry]);
            from = entry.Place.End.Value;
        }

        return Encoding.UTF8.GetBytes(text.Append(Text[from..]).ToString());
    }
}
