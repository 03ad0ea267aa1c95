using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Sanctum.Cli.CommandLine;

namespace Sanctum.Cli.Mcp.Texts;

/// <summary>A host's file of JSON, with comments where the host reads them. It is changed in its places: order, numbers, indentation and comments stay.</summary>
internal sealed class JsonHostText : IHostText
{
    private readonly McpEntryForm _form;
    private readonly JsonPart _root;
    private readonly JsonPart? _entries;
    private readonly List<(string? Project, JsonPart? Entries)> _groups;
    private readonly string _newline, _indent;

    private JsonHostText(byte[] content, McpEntryForm form, JsonPart root, string file)
    {
        (Content, _form, _root) = (content, form, root);
        _entries = root.Kind != JsonTokenType.StartObject ? throw CliErrors.MalformedHostFile(file, "it is not an object")
            : root.IsAmbiguous ? throw CliErrors.MalformedHostFile(file, "a member is repeated")
            : root.Find(form.Container);
        _ = _entries is null or { Kind: JsonTokenType.StartObject, IsAmbiguous: false } ? 0 : throw CliErrors.MalformedHostFile(file, $"'{form.Container}' is not an object, or has an entry twice");
        _newline = content.AsSpan().IndexOf("\r\n"u8) >= 0 ? "\r\n" : "\n";
        _indent = content.AsSpan().IndexOf("\n\t"u8) >= 0 ? "\t" : "  ";
        _groups = [(null, _entries), .. Projects(file)];
        Servers = [.. _groups.SelectMany(group => (group.Entries?.Members ?? []).Select(member => ServerOf(member, group.Project)))];
    }

    public byte[] Content { get; }

    public IReadOnlyList<FoundServer> Servers { get; }

    /// <param name="content">The file's; null where there is none.</param>
    /// <param name="file">Its name, for errors.</param>
    /// <param name="form">How the host wants it.</param>
    /// <exception cref="CliException">The file is something else.</exception>
    public static JsonHostText Read(byte[]? content, string file, McpEntryForm form)
    {
        var text = content is null || content.AsSpan().Trim(" \t\r\n"u8).IsEmpty ? "{}\n"u8.ToArray() : content;
        var mark = text.AsSpan().StartsWith("\uFEFF"u8) ? 3 : 0;
        var blank = (byte[])text.Clone();
        blank.AsSpan(0, mark).Fill((byte)' '); // So that places are those of the file, which keeps its mark.
        return new JsonHostText(text, form, JsonPart.Read(blank, file, form.HasComments), file);
    }

    public byte[] With(McpEntry? added, IReadOnlyList<ServerChange> changes)
    {
        var edits = new TextEdits();
        foreach (var change in changes)
        {
            Change(edits, _groups.First(it => it.Project == change.Server.Project).Entries!.Find(change.Server.Name)!, change);
        }

        if (added is not null && _entries is null)
        {
            Insert(edits, _root, 1, $"{Quoted(_form.Container)}: {{{Line(2)}{Quoted(added.Name)}: {EntryOf(added, 2)}{Line(1)}}}");
        }
        else if (added is not null && _entries!.Find(added.Name) is { } there)
        {
            edits.Replace(there.Place, EntryOf(added, 2));
        }
        else if (added is not null)
        {
            Insert(edits, _entries!, 2, $"{Quoted(added.Name)}: {EntryOf(added, 2)}");
        }

        return edits.ApplyTo(Content);
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

    public string TextOf(McpEntry entry) =>
        $"{{{Line(1)}{Quoted(_form.Container)}: {{{Line(2)}{Quoted(entry.Name)}: {EntryOf(entry, 2)}{Line(1)}}}{Line(0)}}}{_newline}";

    // Servers of single projects, in the user's file.
    private IEnumerable<(string? Project, JsonPart? Entries)> Projects(string file)
    {
        if (_form.Projects is not { } name || _root.Find(name) is not { } all)
        {
            yield break;
        }

        _ = all is { Kind: JsonTokenType.StartObject, IsAmbiguous: false } ? 0 : throw CliErrors.MalformedHostFile(file, $"'{name}' is not an object, or has a project twice");
        foreach (var project in all.Members)
        {
            var entries = project.Value.Find(_form.Container);
            _ = !project.Value.IsAmbiguous && entries is null or { Kind: JsonTokenType.StartObject, IsAmbiguous: false }
                ? 0 : throw CliErrors.MalformedHostFile(file, $"'{_form.Container}' in line {LineOf(project.Start)} or below is not an object, or has an entry twice");
            yield return (project.Name, entries);
        }
    }

    private FoundServer ServerOf(JsonPartMember member, string? project)
    {
        var (entry, line) = (member.Value, LineOf(member.Start));
        var command = entry.Find("command");
        var words = _form.IsOneList ? command?.Texts : command?.Text is { } program ? [program, .. entry.Find("args") is { } given ? given.Texts ?? [] : []] : null;
        var url = entry.Find(_form.Url) ?? entry.Find("url");
        var variables = TextsIn(entry.Find(_form.Variables));
        var headers = TextsIn(entry.Find(_form.Headers));
        var isWhole = entry is { Kind: JsonTokenType.StartObject, IsAmbiguous: false } && variables is not null && headers is not null
            && entry.Find(_form.Headers)?.Members.Any(it => it.Value.Text is null) is not true // A number would be lost.
            && (words is { Count: > 0 } ? url is null && (_form.IsOneList || entry.Find("args") is null or { Texts: not null }) : command is null && url?.Text is not null);
        return new FoundServer(member.Name, line)
        {
            Project = project,
            Command = words is { Count: > 0 } ? words[0] : null,
            Arguments = words is { Count: > 0 } ? [.. words.Skip(1)] : [],
            Url = url?.Text is { } address ? new("url", address, url.Place, LineOf(url.Place.Start)) : null,
            IsOverSse = entry.Find("type")?.Text is var type && (type == "sse" || (url is not null && type != "http" && entry.Find(_form.Url) is null)),
            Variables = variables ?? [],
            Headers = headers ?? [],
            Flaw = !isWhole ? "its entry is not what the host would write" : url is not null && entry.Find("headersHelper") is not null ? "the host has another program make its headers" : null,
        };
    }

    // Null where it is no object of texts.
    private List<FoundValue>? TextsIn(JsonPart? part) => part is null ? []
        : part is { Kind: JsonTokenType.StartObject, IsAmbiguous: false } && part.Members.All(it => it.Value.Text is not null || it.Value.Kind is JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False)
            ? [.. part.Members.Where(it => it.Value.Text is not null).Select(it => new FoundValue(it.Name, it.Value.Text!, it.Value.Place, LineOf(it.Start)))]
            : null;

    private int LineOf(int at) => Content.AsSpan(0, at).Count((byte)'\n') + 1;

    private void Change(TextEdits edits, JsonPart entry, ServerChange change)
    {
        var words = change.Entry;
        if (change.Server.Url is not null)
        {
            var url = entry.FindMember(_form.Url) ?? entry.FindMember("url")!;

            // Where 'url' alone is for SSE, 'type' tells of servers elsewhere only.
            var isTypeOfUrl = _form.Url != "url";
            var type = isTypeOfUrl ? null : entry.Find("type");
            edits.Replace(new(url.Start, url.Value.Place.End), $"{(type is null && _form.Type is not null ? $"\"type\": {Quoted(_form.Type)}, " : "")}{CommandOf(words)}");
            if (type is not null)
            {
                edits.Replace(type.Place, Quoted(_form.Type ?? "stdio"));
            }

            Remove(edits, entry, member => member.Name == _form.Headers || (isTypeOfUrl && member.Name == "type"));
            return;
        }

        var command = entry.Find("command")!;
        if (_form.IsOneList)
        {
            edits.Replace(command.Place, ListOf(words.Arguments.Prepend(words.Command)));
        }
        else
        {
            edits.Replace(command.Place, Quoted(words.Command));
            var arguments = ListOf(words.Arguments);
            if (entry.Find("args") is { } there)
            {
                edits.Replace(there.Place, arguments);
            }
            else
            {
                edits.Insert(command.Place.End, $", \"args\": {arguments}");
            }
        }

        if (entry.Find(_form.Variables) is { } variables)
        {
            Remove(edits, variables, member => change.Gone.Any(it => it.Name == member.Name));
        }
    }

    // With its comma. Where the last one goes, the comma before it goes as well.
    private void Remove(TextEdits edits, JsonPart from, Predicate<JsonPartMember> goes)
    {
        for (var i = 0; i < from.Members.Count; i++)
        {
            var (member, isLast) = (from.Members[i], i == from.Members.Count - 1);
            if (goes(member))
            {
                edits.Remove(Back(member.Start), CommaAfter(member) is { } comma ? i == 0 && !isLast && !goes(from.Members[1]) ? BlanksAfter(comma + 1) : comma + 1 : member.Value.Place.End);
            }
            else if (!isLast && from.Members.Skip(i + 1).All(it => goes(it)) && CommaAfter(from.Members[^1]) is null)
            {
                edits.Remove(CommaAfter(member)!.Value, CommaAfter(member)!.Value + 1);
            }
        }
    }

    private void Insert(TextEdits edits, JsonPart into, int depth, string member)
    {
        if (into.Members is [.., var last] && CommaAfter(last) is null)
        {
            edits.Insert(last.Value.Place.End, ",");
        }

        // Behind a comment that may stand there.
        var close = into.Place.End - 1;
        edits.Replace(new(Math.Max(Back(close), into.Members is [.., var before] ? before.Value.Place.End : into.Place.Start + 1), close), Line(depth) + member + Line(depth - 1));
    }

    private int? CommaAfter(JsonPartMember member)
    {
        for (var at = member.Value.Place.End; ; at++)
        {
            if (Content[at] == '/')
            {
                at = Content[at + 1] == '/' ? at + Content.AsSpan(at).IndexOfAny((byte)'\r', (byte)'\n') : at + 3 + Content.AsSpan(at + 2).IndexOf("*/"u8);
            }
            else if (Content[at] is not ((byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n'))
            {
                return Content[at] == ',' ? at : null;
            }
        }
    }

    // Where the blanks before it begin.
    private int Back(int at) => Content.AsSpan(0, at).LastIndexOfAnyExcept(" \t\r\n"u8) + 1;

    private int BlanksAfter(int at) => Content.AsSpan(at).IndexOfAnyExcept(" \t"u8) is > 0 and var blanks && Content[at + blanks] == '"' ? at + blanks : at;

    private string Line(int depth) => _newline + string.Concat(Enumerable.Repeat(_indent, depth));

    private string EntryOf(McpEntry entry, int depth)
    {
        var members = (string[])[.. _form.Type is { } type ? (string[])[$"\"type\": {Quoted(type)}"] : [], CommandOf(entry), .. _form.IsOneList ? (string[])["\"enabled\": true"] : []];
        return $"{{{string.Join(',', members.Select(member => Line(depth + 1) + member))}{Line(depth)}}}";
    }

    private string CommandOf(McpEntry entry) => _form.IsOneList
        ? $"\"command\": {ListOf(entry.Arguments.Prepend(entry.Command))}"
        : $"\"command\": {Quoted(entry.Command)}, \"args\": {ListOf(entry.Arguments)}";

    private static string ListOf(IEnumerable<string> texts) => $"[{string.Join(", ", texts.Select(Quoted))}]";

    private static string Quoted(string text) => $"\"{JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(text)}\"";
}
