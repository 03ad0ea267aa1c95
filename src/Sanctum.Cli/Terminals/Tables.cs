using System.Text.RegularExpressions;
using Spectre.Console;

namespace Sanctum.Cli.Terminals;

/// <summary>
/// Rows in aligned columns. On a terminal they fit its width, and words stay whole, so that an id can be copied; where not even that
/// fits, every row is a block of lines. Redirected, one row is one line. They are plain text in either case.
/// </summary>
internal static partial class Tables
{
    // Wider than any row: nothing that a script reads is wrapped or cut.
    private const int Unbounded = 100_000;
    private const int Gap = 2;

    // What is longer, such as a URL, may be broken: one of them should not take the whole table apart.
    private const int LongestWord = 40;

    public static string Render(string[] columns, List<string?[]> rows) => Render(columns, rows, StandardStreams.Columns);

    /// <param name="columns">Their titles.</param>
    /// <param name="rows">As many cells each.</param>
    /// <param name="width">The terminal's; null where there is none.</param>
    internal static string Render(string[] columns, List<string?[]> rows, int? width)
    {
        List<string[]> cells = [.. rows.Select(row => row.Select(cell => Terminals.Style.Clean(cell ?? "").Replace('\n', ' ')).ToArray())];
        if (width is not { } room)
        {
            return Table(columns, cells, null, Unbounded);
        }

        // Whoever looks at it misses nothing where there is nothing.
        int[] shown = [.. Enumerable.Range(0, columns.Length).Where(column => cells.Any(row => row[column].Length > 0))];
        columns = [.. shown.Select(column => columns[column])];
        cells = [.. cells.Select(row => shown.Select(column => row[column]).ToArray())];
        int[] natural = [.. columns.Select((title, column) => cells.Select(row => row[column].Length).Append(title.Length).Max())];
        int[] least = [.. columns.Select((title, column) => cells.SelectMany(row => row[column].Split(' ')).Append(title).Max(word => Math.Min(word.Length, LongestWord)))];
        return Fit(natural, least, room - (Gap * columns.Length)) is { } widths ? Table(columns, cells, widths, room) : Blocks(columns, cells);
    }

    // The widest gives way first, and none further than its longest word.
    private static int[]? Fit(int[] natural, int[] least, int room)
    {
        int[] widths = [.. natural];
        for (var excess = widths.Sum() - room; excess > 0; excess--)
        {
            var widest = Enumerable.Range(0, widths.Length).Where(column => widths[column] > least[column]).DefaultIfEmpty(-1).MaxBy(column => column < 0 ? 0 : widths[column]);
            if (widest < 0)
            {
                return null;
            }

            widths[widest]--;
        }

        return widths;
    }

    private static string Table(string[] columns, List<string[]> rows, int[]? widths, int room)
    {
        var text = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new TextOutput(text, room),
        });

        var table = new Table { Border = TableBorder.None, ShowHeaders = true };
        foreach (var (column, title) in columns.Index())
        {
            table.AddColumn(new TableColumn(new Spectre.Console.Text(title))
            {
                NoWrap = widths is null,
                Width = widths?[column],
                Padding = new Padding(0, 0, Gap, 0),
            });
        }

        foreach (var row in rows)
        {
            table.AddRow(row.Select(cell => new Spectre.Console.Text(cell)));
        }

        console.Write(table);
        return TrailingBlanks().Replace(text.ToString(), "\n");
    }

    private static string Blocks(string[] columns, List<string[]> rows)
    {
        var indent = columns.Max(title => title.Length) + Gap;
        return string.Join('\n', rows.Select(row => string.Concat(
            columns.Zip(row).Where(it => it.Second.Length > 0).Select(it => $"{it.First.PadRight(indent)}{it.Second}\n"))));
    }

    [GeneratedRegex(@"[ \t]*\r?\n")]
    private static partial Regex TrailingBlanks();
}
