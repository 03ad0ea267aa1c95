using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sanctum.Cli.CommandLine;

namespace Sanctum.Cli.Mcp;

/// <summary>Entries in a file of JSON. Everything else in it stays, in its order.</summary>
internal static class JsonEntries
{
    private static readonly JsonWriterOptions Written = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="content">The file's; null where there is none.</param>
    /// <param name="file">Its name, for errors.</param>
    /// <param name="form">How the host wants it.</param>
    /// <param name="entry">What to put in.</param>
    /// <param name="replaces">Whether one of its name is replaced.</param>
    /// <exception cref="CliException">The file is something else, or has such an entry.</exception>
    public static byte[] With(byte[]? content, string file, McpEntryForm form, McpEntry entry, bool replaces)
    {
        try
        {
            var root = content is null || content.AsSpan().Trim(" \t\r\n"u8).IsEmpty ? [] : JsonNode.Parse(content) as JsonObject ?? throw CliErrors.NoHostFile(file);
            if (!root.ContainsKey(form.Container))
            {
                root[form.Container] = new JsonObject();
            }

            var entries = root[form.Container] as JsonObject ?? throw CliErrors.NoHostFile(file);
            _ = entries.ContainsKey(entry.Name) && !replaces ? throw CliErrors.EntryExists(file, entry.Name) : 0;
            entries[entry.Name] = Of(form, entry);
            return Bytes(root);
        }
        catch (Exception unreadable) when (unreadable is JsonException or ArgumentException)
        {
            throw CliErrors.NoHostFile(file, unreadable);
        }
    }

    /// <summary>The entry alone, as it stands in such a file.</summary>
    public static string Text(McpEntryForm form, McpEntry entry) =>
        Encoding.UTF8.GetString(Bytes(new JsonObject { [form.Container] = new JsonObject { [entry.Name] = Of(form, entry) } }));

    private static JsonObject Of(McpEntryForm form, McpEntry entry)
    {
        var made = new JsonObject();
        if (form.Type is not null)
        {
            made["type"] = form.Type;
        }

        if (form.IsOneList)
        {
            made["command"] = Texts(entry.Arguments.Prepend(entry.Command));
            made["enabled"] = true;
        }
        else
        {
            made["command"] = entry.Command;
            made["args"] = Texts(entry.Arguments);
        }

        return made;
    }

    private static JsonArray Texts(IEnumerable<string> texts) => [.. texts.Select(text => (JsonNode)JsonValue.Create(text))];

    private static byte[] Bytes(JsonObject root)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes, Written))
        {
            root.WriteTo(writer);
        }

        bytes.WriteByte((byte)'\n');
        return bytes.ToArray();
    }
}
