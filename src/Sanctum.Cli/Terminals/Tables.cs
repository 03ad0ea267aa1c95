using System.Text.RegularExpressions;
using Spectre.Console;

namespace Sanctum.Cli.Terminals;

/// <summary>Rows in aligned columns. On a terminal they fit its width; redirected they are plain text, one row on one line.</summary>
internal static partial class Tables
{
    // Wider than any row: nothing that a script reads is wrapped or cut.
    private const int Unbounded = 100_000;

    public static string Render(string[] columns, List<string?[]> rows)
    {
        var redirected = Console.IsOutputRedirected;
        var text = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = redirected || Style.IsPlain ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = redirected || Style.IsPlain ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(text),
        });
        console.Profile.Width = redirected ? Unbounded : Math.Max(40, Console.WindowWidth);

        var table = new Table { Border = TableBorder.None, ShowHeaders = true };
        foreach (var column in columns)
        {
            table.AddColumn(new TableColumn(new Text(column, new Spectre.Console.Style(decoration: Decoration.Bold))) { NoWrap = redirected, Padding = new Padding(0, 0, 2, 0) });
        }

        foreach (var row in rows)
        {
            table.AddRow(row.Select(cell => new Text(Terminals.Style.Clean(cell ?? "").Replace('\n', ' '))));
        }

        console.Write(table);
        return TrailingBlanks().Replace(text.ToString(), "\n");
    }

    [GeneratedRegex(@"[ \t]*\r?\n")]
    private static partial Regex TrailingBlanks();
}
