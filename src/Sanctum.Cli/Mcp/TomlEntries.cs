using System.Text;
using Sanctum.Cli.CommandLine;

namespace Sanctum.Cli.Mcp;

/// <summary>Entries in a file of TOML. An entry is a table, and tables can stand at the end: nothing before it is read for more than their names.</summary>
internal static class TomlEntries
{
    /// <inheritdoc cref="JsonEntries.With"/>
    public static byte[] With(byte[]? content, string file, McpEntryForm form, McpEntry entry, bool replaces)
    {
        var text = content is null ? "" : Encoding.UTF8.GetString(content);
        var table = $"{form.Container}.{entry.Name}";
        var lines = text.Split('\n').ToList();
        if (lines.Exists(line => IsOf(line, table)))
        {
            _ = replaces ? 0 : throw CliErrors.EntryExists(file, entry.Name);
            lines = Without(lines, table);
        }
        else if (text.Contains('"' + entry.Name + '"', StringComparison.Ordinal) || lines.Exists(line => line.TrimStart().StartsWith(form.Container, StringComparison.Ordinal)))
        {
            // Such as mcp_servers = { ... }: the same in another form, which a table at the end would contradict.
            throw CliErrors.NoHostFile(file);
        }

        var rest = string.Join('\n', lines).TrimEnd('\n');
        return Encoding.UTF8.GetBytes((rest.Length > 0 ? rest + "\n\n" : "") + Text(form, entry));
    }

    /// <inheritdoc cref="JsonEntries.Text"/>
    public static string Text(McpEntryForm form, McpEntry entry) =>
        $"[{form.Container}.{entry.Name}]\ncommand = {Quoted(entry.Command)}\nargs = [{string.Join(", ", entry.Arguments.Select(Quoted))}]\n";

    private static List<string> Without(List<string> lines, string table)
    {
        var kept = new List<string>();
        var isInside = false;
        foreach (var line in lines)
        {
            isInside = IsHeader(line) ? IsOf(line, table) : isInside;
            if (!isInside)
            {
                kept.Add(line);
            }
        }

        return kept;
    }

    private static bool IsHeader(string line) => line.TrimStart().StartsWith('[') && line.Contains(']', StringComparison.Ordinal) && !line.TrimStart().StartsWith("[\"", StringComparison.Ordinal);

    // The table, or one in it.
    private static bool IsOf(string line, string table) =>
        line.Trim() is var header && (header.StartsWith($"[{table}]", StringComparison.Ordinal) || header.StartsWith($"[{table}.", StringComparison.Ordinal));

    // A basic string: the two signs that end or escape it are escaped.
    private static string Quoted(string text) => $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
