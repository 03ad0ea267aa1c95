using System.Text.Json;
using System.Text.Json.Nodes;
using Sanctum.Daemon.Admin;
using Sanctum.Storage.Sqlite.Files;

namespace Sanctum.Daemon.Hosting.Moves;

/// <summary>Changes <c>store</c> in <c>config.json</c>, and leaves every other key as it is. Comments are lost.</summary>
internal static class StoreSetting
{
    private const string Key = "store";
    private const int Longest = 1024 * 1024;

    /// <param name="folder">The vault's folder.</param>
    /// <param name="store">The database; null for the folder itself.</param>
    public static void Set(VaultFolder folder, StoreConfig? store)
    {
        var config = Read(folder.Path);
        _ = config.Remove(Key);
        if (store is { Postgres: { } settings })
        {
            var value = new JsonObject { ["postgres"] = settings };
            if (store.PasswordFile is { } file)
            {
                value["password_file"] = file;
            }

            config[Key] = value;
        }

        using var text = new MemoryStream();
        using (var writer = new Utf8JsonWriter(text, new JsonWriterOptions { Indented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            config.WriteTo(writer);
        }

        text.WriteByte((byte)'\n');
        var json = text.ToArray();
        _ = DaemonConfigFile.Parse(json); // What could not be read again is not written.
        DurableFile.Write(folder, DaemonConfigFile.Name, json);
    }

    private static JsonObject Read(string directory)
    {
        _ = DaemonConfigFile.Read(directory); // Says what is wrong with it.
        var text = FoundFile.TryRead(Path.Join(directory, DaemonConfigFile.Name), DaemonConfigFile.Name, FileTrust.VaultsOwn, Longest) ?? "{}"u8.ToArray();
        var json = text.AsSpan().StartsWith("\uFEFF"u8) ? text.AsSpan("\uFEFF"u8.Length) : text;
        return JsonNode.Parse(json, null, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true }) as JsonObject
            ?? throw new OperatorException(OperatorErrors.InvalidConfig, $"{DaemonConfigFile.Name} must be an object");
    }
}
