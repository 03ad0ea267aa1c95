using System.Text;

namespace Sanctum.Cli.Dotenv;

/// <summary>
/// Reads a .env file as the programs do that load them: <c>export</c>, three kinds of quotes, values of several lines, comments. A line that is
/// none of it is an entry with a flaw, and the next line is read as usual.
/// </summary>
internal sealed class DotenvParser(string text)
{
    private readonly List<DotenvEntry> _entries = [];
    private int _at;
    private int _line = 1;

    public static IReadOnlyList<DotenvEntry> Read(string text)
    {
        var parser = new DotenvParser(text);
        parser.ReadAll();
        return parser._entries;
    }

    private bool IsAtEnd => _at >= text.Length;

    private char Here => IsAtEnd ? '\n' : text[_at];

    private void ReadAll()
    {
        while (!IsAtEnd)
        {
            SkipBlanks();
            if (!IsLineEnd(Here) && Here != '#')
            {
                var start = (_at, _line);
                if (ReadEntry() is { } entry)
                {
                    _entries.Add(entry);
                    if (entry.Flaw is not null)
                    {
                        (_at, _line) = start; // One bad line, and not all that its quote seems to hold.
                    }
                }
            }

            SkipLine();
        }
    }

    private DotenvEntry? ReadEntry()
    {
        var line = _line;
        var name = ReadName();
        if (name == "export" && Here is ' ' or '\t')
        {
            SkipBlanks();
            name = ReadName();
        }

        SkipBlanks();
        if (name.Length == 0 || Here != '=')
        {
            // 'export NAME' alone passes on what is set elsewhere.
            return name.Length > 0 && IsLineEnd(Here) ? null : new(line, null, "", default) { Flaw = "it is not NAME=value" };
        }

        _at++;
        SkipBlanks();
        return Here is '"' or '\'' or '`' ? ReadQuoted(line, name) : ReadPlain(line, name);
    }

    private string ReadName()
    {
        var start = _at;
        while (!IsAtEnd && (char.IsAsciiLetterOrDigit(Here) || (Here is '_' or '.' or '-')))
        {
            _at++;
        }

        return text[start.._at];
    }

    private DotenvEntry ReadPlain(int line, string name)
    {
        var start = _at;
        var end = _at;
        while (!IsAtEnd && !IsLineEnd(Here) && !(Here == '#' && (_at == start || text[_at - 1] is ' ' or '\t')))
        {
            _at++;
            end = text[_at - 1] is ' ' or '\t' ? end : _at;
        }

        var value = text[start..end];
        return new(line, name, value, start..end) { RefersToAnother = HasReference(value) };
    }

    private DotenvEntry ReadQuoted(int line, string name)
    {
        var (quote, start, value) = (Here, _at++, new StringBuilder());
        var refers = false;
        while (!IsAtEnd && Here != quote)
        {
            if (Here == '\\' && quote == '"' && _at + 1 < text.Length)
            {
                _at++;
                value.Append(Unescaped(Here));
            }
            else
            {
                refers |= quote == '"' && Here == '$' && _at + 1 < text.Length && (text[_at + 1] is '{' or '_' or '(' || char.IsAsciiLetter(text[_at + 1]));
                value.Append(Here);
            }

            Advance();
        }

        if (IsAtEnd)
        {
            return new(line, name, "", default) { Flaw = "its quote is not closed" };
        }

        var place = start..++_at;
        SkipBlanks();
        return IsLineEnd(Here) || Here == '#'
            ? new(line, name, value.ToString(), place) { RefersToAnother = refers }
            : new(line, name, "", default) { Flaw = "something follows its closing quote" };
    }

    private static string Unescaped(char letter) => letter switch
    {
        'n' => "\n",
        'r' => "\r",
        't' => "\t",
        '"' or '\\' or '$' or '`' => letter.ToString(),
        _ => $"\\{letter}",
    };

    private static bool HasReference(string value)
    {
        for (var at = value.IndexOf('$', StringComparison.Ordinal); at >= 0 && at + 1 < value.Length; at = value.IndexOf('$', at + 1))
        {
            if (value[at + 1] is '{' or '_' or '(' || char.IsAsciiLetter(value[at + 1]))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsLineEnd(char letter) => letter is '\n' or '\r';

    private void SkipBlanks()
    {
        while (!IsAtEnd && Here is ' ' or '\t')
        {
            _at++;
        }
    }

    private void SkipLine()
    {
        while (!IsAtEnd && Here != '\n')
        {
            _at++;
        }

        Advance();
    }

    private void Advance()
    {
        _line += !IsAtEnd && Here == '\n' ? 1 : 0;
        _at++;
    }
}
