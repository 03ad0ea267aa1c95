using System.Text;

namespace Sanctum.Cli.Manual;

/// <summary>Text for man(7): what would be a command or a special character there is none.</summary>
internal sealed class Roff
{
    private readonly StringBuilder _text = new();

    public Roff Title(string name, string version)
    {
        _text.Append($".TH {Words(Escaped(name.ToUpperInvariant()))} 1 \"\" {Words(Escaped(version))} \"Sanctum\"\n");

        // Neither hyphens at line ends, which break names apart, nor spaces that widen them.
        _text.Append(".nh\n.ad l\n");
        return this;
    }

    public Roff Section(string name)
    {
        _text.Append($".SH {Words(name)}\n");
        return this;
    }

    public Roff Line(string text)
    {
        _text.Append(Escaped(text)).Append('\n');
        return this;
    }

    /// <summary>A line of bold words.</summary>
    public Roff Bold(string text)
    {
        _text.Append(".B ").Append(Words(Escaped(text))).Append('\n');
        return this;
    }

    /// <summary>Something, and what there is to say about it. Bold is what is typed as it stands, italic what something is typed for.</summary>
    public Roff Item(string bold, string italic, string description)
    {
        _text.Append(".TP\n\\fB").Append(Escaped(bold)).Append("\\fR").Append(italic.Length > 0 ? $" \\fI{Escaped(italic)}\\fR" : "").Append('\n');
        return Line(description);
    }

    /// <summary>Lines that stay as they are.</summary>
    public Roff Lines(string text)
    {
        _text.Append(".nf\n");
        foreach (var line in text.Split('\n'))
        {
            Line(line);
        }

        _text.Append(".fi\n");
        return this;
    }

    public override string ToString() => _text.ToString();

    // See groff_char(7): a bare hyphen and quote may be set as other characters than what is typed in a shell.
    private static string Escaped(string text)
    {
        var escaped = text
            .Replace(@"\", @"\e", StringComparison.Ordinal)
            .Replace("-", @"\-", StringComparison.Ordinal)
            .Replace("'", @"\(aq", StringComparison.Ordinal)
            .Replace("`", @"\(ga", StringComparison.Ordinal)
            .Replace("~", @"\(ti", StringComparison.Ordinal)
            .Replace("^", @"\(ha", StringComparison.Ordinal);
        return escaped.StartsWith('.') ? @"\&" + escaped : escaped;
    }

    private static string Words(string escaped) => $"\"{escaped.Replace("\"", "\\(dq", StringComparison.Ordinal)}\"";
}
