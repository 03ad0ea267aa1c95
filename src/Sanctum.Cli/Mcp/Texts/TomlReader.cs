using System.Text;

namespace Sanctum.Cli.Mcp.Texts;

/// <summary>
/// Reads TOML 1.0 (toml.io/en/v1.0.0) for where things stand. Keys, tables and strings are read to the letter; numbers, dates and truth values only for where they end, since none is changed here.
/// </summary>
/// <param name="text">The bytes of the file, each as a character: so places are those of the bytes.</param>
internal sealed class TomlReader(string text)
{
    private const int Deepest = 32;

    private readonly List<TomlPair> _pairs = [];
    private readonly List<TomlTable> _tables = [];
    private readonly HashSet<string> _defined = new(StringComparer.Ordinal);
    private int _at;

    /// <summary>All keys, also those of inline tables, behind the key that has the table.</summary>
    public IReadOnlyList<TomlPair> Pairs => _pairs;

    /// <summary>The lines that begin tables.</summary>
    public IReadOnlyList<TomlTable> Tables => _tables;

    private char Here => _at < text.Length ? text[_at] : '\0';

    /// <exception cref="TomlException">It is malformed.</exception>
    public static TomlReader Read(string text)
    {
        var reader = new TomlReader(text);
        reader.ReadAll();
        return reader;
    }

    private void ReadAll()
    {
        IReadOnlyList<string> table = [];
        var array = 0;
        for (SkipLines(); _at < text.Length; SkipLines())
        {
            if (Here == '[')
            {
                var (start, isArray) = (_at, text.AsSpan(_at).StartsWith("[["));
                _at += isArray ? 2 : 1;
                table = ReadKey().Path;
                Expect(isArray ? "]]" : "]");

                var name = string.Join('\0', table);
                if (isArray)
                {
                    // Each table of an array is another one, and so are the tables in it.
                    _defined.RemoveWhere(it => it.TrimStart('[').StartsWith(name + '\0', StringComparison.Ordinal));
                    table = [.. table, $"\0{array++}"];
                }
                else
                {
                    _ = _defined.Add("[" + name) ? 0 : throw Malformed();
                }

                _tables.Add(new(table, start));
            }
            else
            {
                ReadPair(table, depth: 0);
            }

            SkipBlanks();
            SkipComment();
            _ = _at == text.Length || Here is '\r' or '\n' ? 0 : throw Malformed();
        }
    }

    private void ReadPair(IReadOnlyList<string> table, int depth)
    {
        var start = _at;
        var (path, nameStart) = ReadKey();
        Expect("=");
        SkipBlanks();
        IReadOnlyList<string> whole = [.. table, .. path];
        _ = _defined.Add(string.Join('\0', whole)) ? 0 : throw Malformed();
        var index = _pairs.Count;
        _pairs.Add(null!);
        var value = ReadValue(whole, depth + 1);
        _pairs[index] = new(whole, start, nameStart, value, Inline: null);
    }

    private (IReadOnlyList<string> Path, int NameStart) ReadKey()
    {
        var path = new List<string>();
        while (true)
        {
            SkipBlanks();
            var start = _at;
            path.Add(Here is '"' or '\'' ? ReadString(isKey: true) : ReadBare());
            SkipBlanks();
            if (Here != '.')
            {
                return (path, start);
            }

            _at++;
        }
    }

    private string ReadBare()
    {
        var start = _at;
        while (char.IsAsciiLetterOrDigit(Here) || Here is '_' or '-')
        {
            _at++;
        }

        return _at > start ? text[start.._at] : throw Malformed();
    }

    private TomlValue ReadValue(IReadOnlyList<string> path, int depth)
    {
        _ = depth <= Deepest ? 0 : throw Malformed();
        var start = _at;
        switch (Here)
        {
            case '"' or '\'':
                var read = ReadString(isKey: false);
                return new(new(start, _at), read);
            case '[':
                return ReadArray(path, depth);
            case '{':
                return ReadTable(path, depth);
            default:
                while (char.IsAsciiLetterOrDigit(Here) || Here is '_' or '-' or '+' or '.' or ':' || (Here == ' ' && _at - start == 10 && char.IsAsciiDigit(text.ElementAtOrDefault(_at + 1))))
                {
                    _at++;
                }

                return _at > start ? new(new(start, _at)) : throw Malformed();
        }
    }

    private TomlValue ReadArray(IReadOnlyList<string> path, int depth)
    {
        var (start, items) = (_at++, new List<TomlValue>());
        for (SkipLines(); Here != ']'; SkipLines())
        {
            items.Add(ReadValue([.. path, $"\0{items.Count}"], depth + 1));
            SkipLines();
            if (Here != ',')
            {
                break;
            }

            _at++;
        }

        Expect("]");
        return new(new(start, _at), Items: items);
    }

    private TomlValue ReadTable(IReadOnlyList<string> path, int depth)
    {
        var (start, first) = (_at++, _pairs.Count);
        for (SkipBlanks(); Here != '}';)
        {
            ReadPair(path, depth);
            SkipBlanks();
            if (Here == '}')
            {
                break;
            }

            Expect(",");
            SkipBlanks();
            _ = Here != '}' ? 0 : throw Malformed(); // No comma at the end, in an inline table.
        }

        Expect("}");
        var table = new TomlValue(new(start, _at), IsTable: true);
        for (var i = first; i < _pairs.Count; i++)
        {
            _pairs[i] = _pairs[i].Inline is null ? _pairs[i] with { Inline = table } : _pairs[i];
        }

        return table;
    }

    private string ReadString(bool isKey)
    {
        var quote = Here;
        var isLong = !isKey && text.AsSpan(_at).StartsWith([quote, quote, quote]);
        _at += isLong ? 3 : 1;
        if (isLong)
        {
            _at += text.AsSpan(_at).StartsWith("\r\n") ? 2 : Here == '\n' ? 1 : 0;
        }

        var read = new StringBuilder();
        while (true)
        {
            var here = _at < text.Length ? Here : throw Malformed();
            if (here == quote && (!isLong || text.AsSpan(_at).StartsWith([quote, quote, quote])))
            {
                _at += isLong ? 3 : 1;
                for (; isLong && Here == quote; _at++)
                {
                    read.Append(quote); // Up to two may stand before the three that end it.
                }

                // Each character is a byte of UTF-8 here, which the file was checked to be.
                return Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(read.ToString()));
            }

            _ = here is '\n' or '\r' && !isLong ? throw Malformed() : 0;
            _at++;
            if (here == '\\' && quote == '"')
            {
                ReadEscape(read, isLong);
            }
            else
            {
                read.Append(here);
            }
        }
    }

    private void ReadEscape(StringBuilder read, bool isLong)
    {
        var sign = Here;
        _at++;
        switch (sign)
        {
            case 'u' or 'U' when text.Length >= _at + (sign == 'u' ? 4 : 8)
                && int.TryParse(text.AsSpan(_at, sign == 'u' ? 4 : 8), System.Globalization.NumberStyles.AllowHexSpecifier, null, out var code) && Rune.IsValid(code):
                _at += sign == 'u' ? 4 : 8;
                read.Append(Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(new Rune(code).ToString())));
                break;
            case ' ' or '\t' or '\r' or '\n' when isLong:
                while (Here is ' ' or '\t' or '\r' or '\n')
                {
                    _at++;
                }

                break;
            default:
                var at = "btnfr\"\\e".IndexOf(sign, StringComparison.Ordinal);
                read.Append(at >= 0 ? "\b\t\n\f\r\"\\\u001b"[at] : throw Malformed());
                break;
        }
    }

    private void Expect(string word)
    {
        SkipBlanks();
        _ = text.AsSpan(_at).StartsWith(word) ? 0 : throw Malformed();
        _at += word.Length;
    }

    private void SkipBlanks()
    {
        while (Here is ' ' or '\t')
        {
            _at++;
        }
    }

    private void SkipComment()
    {
        if (Here == '#')
        {
            _at = text.IndexOf('\n', _at) is >= 0 and var end ? end : text.Length;
        }
    }

    private void SkipLines()
    {
        for (SkipBlanks(), SkipComment(); Here is '\r' or '\n'; SkipBlanks(), SkipComment())
        {
            _at++;
        }
    }

    private TomlException Malformed() => new(text.AsSpan(0, Math.Min(_at, text.Length)).Count('\n') + 1);
}
