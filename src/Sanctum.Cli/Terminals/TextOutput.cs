using System.Text;
using Spectre.Console;

namespace Sanctum.Cli.Terminals;

/// <summary>Where Spectre.Console writes to: a text of a given width. Its own output asks <see cref="Console"/> for the size, which has that write to the terminal.</summary>
internal sealed class TextOutput(TextWriter text, int width) : IAnsiConsoleOutput
{
    public TextWriter Writer => text;

    public bool IsTerminal => false;

    public int Width => width;

    public int Height => int.MaxValue;

    public void SetEncoding(Encoding encoding)
    {
        // A text has characters; bytes are made of it later.
    }
}
