using System.Text;
using System.Text.Unicode;
using Sanctum.Cli.CommandLine;

namespace Sanctum.Cli.Mcp.Texts;

/// <summary>A host's file of TOML. It is changed in its places; a new entry is a table at its end.</summary>
internal sealed class TomlHostText : IHostText
{
    private readonly McpEntryForm _form;
    private readonly TomlReader _read;
    private readonly string _text, _newline;

    private TomlHostText(byte[] content, McpEntryForm form, TomlReader read, string text, string file)
    {
        (Content, _form, _read, _text) = (content, form, read, text);
        _newline = text.Contains("\r\n", StringComparison.Ordinal) ? "\r\n" : "\n";

        // mcp_servers = { ... }: a table at the end would contradict it.
        _ = read.Pairs.Any(it => it.Path is [var only] && only == form.Container) || read.Tables.Any(it => it.Path is [var name, ['\0', ..], ..] && name == form.Container)
            ? throw CliErrors.MalformedHostFile(file, $"'{form.Container}' is one inline table or an array; write a table for each server") : 0;
        Servers = [.. Names().Select(ServerOf)];
    }

    public byte[] Content { get; }

    public IReadOnlyList<FoundServer> Servers { get; }

    /// <inheritdoc cref="JsonHostText.Read"/>
    public static TomlHostText Read(byte[]? content, string file, McpEntryForm form)
    {
        var bytes = content ?? [];
        if (!Utf8.IsValid(bytes))
        {
            throw CliErrors.MalformedHostFile(file, "it is not UTF-8 text");
        }

        var text = Encoding.Latin1.GetString(bytes);
        try
        {
            return new TomlHostText(bytes, form, TomlReader.Read(bytes.AsSpan().StartsWith("\uFEFF"u8) ? "   " + text[3..] : text), text, file);
        }
        catch (TomlException malformed)
        {
            throw CliErrors.MalformedHostFile(file, malformed.Message, malformed);
        }
    }

    public byte[] With(McpEntry? added, IReadOnlyList<ServerChange> changes)
    {
        var edits = new TextEdits();
        foreach (var change in changes)
        {
            Change(edits, change);
        }

        if (added is not null)
        {
            var old = Of(added.Name);
            _read.Tables.Where(it => it.Path is [var container, var name, ..] && container == _form.Container && name == added.Name).ToList().ForEach(it => RemoveLines(edits, it.Start, it.Start));
            old.Where(it => it.Inline is null).ToList().ForEach(it => RemoveLines(edits, it.KeyStart, it.Value.Place.End));
        }

        var changed = edits.ApplyTo(Content);
        if (added is null)
        {
            return changed;
        }

        var rest = Encoding.UTF8.GetString(changed).TrimEnd('\r', '\n');
        return Encoding.UTF8.GetBytes((rest.Length > 0 ? rest + _newline + _newline : "") + TextOf(added));
    }

    public byte[] With(IEnumerable<(FoundValue Found, string Value)> values)
    {
        var edits = new TextEdits();
        foreach (var (found, value) in values)
        {
            edits.Replace(found.Place, Quoted(value));
        }

        return edits.ApplyTo(Content);
    }

    public string TextOf(McpEntry entry) => $"[{_form.Container}.{KeyOf(entry.Name)}]{_newline}command = {Quoted(entry.Command)}{_newline}args = {ListOf(entry.Arguments)}{_newline}";

    private IEnumerable<string> Names() => _read.Pairs.Select(it => (it.Path, it.KeyStart)).Concat(_read.Tables.Select(it => (it.Path, KeyStart: it.Start)))
        .Where(it => it.Path is [var container, _, ..] && container == _form.Container).OrderBy(it => it.KeyStart).Select(it => it.Path[1]).Distinct(StringComparer.Ordinal);

    private List<TomlPair> Of(string server) => [.. _read.Pairs.Where(it => it.Path is [var container, var name, _, ..] && container == _form.Container && name == server)];

    private FoundServer ServerOf(string name)
    {
        var pairs = Of(name);
        var (command, arguments, url) = (Find(pairs, "command"), Find(pairs, "args"), Find(pairs, _form.Url));
        var isWhole = (command?.Value.Text, url?.Value.Text) is (not null, null) or (null, not null) && (arguments is null || Texts(arguments.Value) is not null)
            && !_read.Tables.Any(it => it.Path.Count > 2 && it.Path[0] == _form.Container && it.Path[1] == name && it.Path.Any(part => part.StartsWith('\0')));
        return new FoundServer(name, pairs.Count > 0 ? LineOf(pairs[0].KeyStart) : 1)
        {
            Command = command?.Value.Text,
            Arguments = arguments is null ? [] : Texts(arguments.Value) ?? [],
            Url = url?.Value.Text is { } address ? new("url", address, url.Value.Place, LineOf(url.KeyStart)) : null,
            Variables = In(pairs, _form.Variables),
            Headers = In(pairs, _form.Headers),
            Flaw = !isWhole ? "its entry is not what the host would write"
                : url is not null && pairs.Find(it => it.Path[2] is "env_http_headers" or "bearer_token_env_var") is { } filled ? $"the host fills in a header from a variable ({filled.Path[2]})" : null,
        };
    }

    private static TomlPair? Find(List<TomlPair> pairs, string key) => pairs.Find(it => it.Path.Count == 3 && it.Path[2] == key);

    private List<FoundValue> In(List<TomlPair> pairs, string key) =>
        [.. pairs.Where(it => it.Path.Count == 4 && it.Path[2] == key && it.Value.Text is not null).Select(it => new FoundValue(it.Path[3], it.Value.Text!, it.Value.Place, LineOf(it.KeyStart)))];

    private static List<string>? Texts(TomlValue value) => value.Items is { } items && items.All(it => it.Text is not null) ? [.. items.Select(it => it.Text!)] : null;

    private void Change(TextEdits edits, ServerChange change)
    {
        var (pairs, words) = (Of(change.Server.Name), change.Entry);
        if (change.Server.Url is not null)
        {
            var url = Find(pairs, _form.Url)!;
            edits.Replace(new(url.NameStart, url.Value.Place.End), $"command = {Quoted(words.Command)}{Next(url)}args = {ListOf(words.Arguments)}");
            RemoveAll(edits, pairs, it => it.Path[2] == _form.Headers);
            _read.Tables.Where(it => it.Path.Count == 3 && it.Path[0] == _form.Container && it.Path[1] == change.Server.Name && it.Path[2] == _form.Headers)
                .ToList().ForEach(it => RemoveLines(edits, it.Start, it.Start));
            return;
        }

        var command = Find(pairs, "command")!;
        edits.Replace(command.Value.Place, Quoted(words.Command));
        if (Find(pairs, "args") is { } arguments)
        {
            edits.Replace(arguments.Value.Place, ListOf(words.Arguments));
        }
        else
        {
            edits.Insert(command.Value.Place.End, $"{Next(command)}args = {ListOf(words.Arguments)}");
        }

        RemoveAll(edits, pairs, it => it.Path.Count == 4 && it.Path[2] == _form.Variables && change.Gone.Any(gone => gone.Name == it.Path[3]));
    }

    // What stands between a key and one that follows it in the same table.
    private string Next(TomlPair pair) => pair.Inline is null ? _newline + _text[pair.KeyStart..pair.NameStart] : ", " + _text[pair.KeyStart..pair.NameStart];

    private void RemoveAll(TextEdits edits, List<TomlPair> pairs, Predicate<TomlPair> goes)
    {
        foreach (var pair in pairs.Where(it => goes(it) && !pairs.Exists(other => goes(other) && other.Value == it.Inline)))
        {
            if (pair.Inline is null)
            {
                RemoveLines(edits, pair.KeyStart, pair.Value.Place.End);
                continue;
            }

            // With the comma before it; the first of those that are left has none.
            var siblings = pairs.Where(it => it.Inline == pair.Inline).ToList();
            var at = siblings.IndexOf(pair);
            var isFirst = siblings.Take(at).All(it => goes(it));
            var end = isFirst && at < siblings.Count - 1 ? siblings[at + 1].KeyStart : pair.Value.Place.End;
            edits.Remove(isFirst ? pair.KeyStart : siblings[at - 1].Value.Place.End, end);
        }
    }

    // Whole lines, with the comment behind them.
    private void RemoveLines(TextEdits edits, int from, int to)
    {
        var start = from == 0 ? 0 : _text.LastIndexOf('\n', from - 1) + 1;
        var end = _text.IndexOf('\n', to) is >= 0 and var line ? line + 1 : _text.Length;
        edits.Remove(start, end);
    }

    private int LineOf(int at) => _text.AsSpan(0, at).Count('\n') + 1;

    private static string KeyOf(string name) => name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-') ? name : Quoted(name);

    private static string ListOf(IEnumerable<string> texts) => $"[{string.Join(", ", texts.Select(Quoted))}]";

    // A basic string. What JSON escapes so, TOML does too.
    private static string Quoted(string text) => $"\"{string.Concat(text.EnumerateRunes().Select(rune => rune.Value is '"' or '\\' ? $"\\{rune}" : Rune.IsControl(rune) ? $"\\u{rune.Value:x4}" : rune.ToString()))}\"";
}
