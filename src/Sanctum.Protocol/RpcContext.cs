using System.Buffers;
using System.Text.Json;

namespace Sanctum.Protocol;

/// <summary>Makes the <c>context</c> object of an error.</summary>
public static class RpcContext
{
    /// <summary>The member that says how the daemon is, where that is why it refuses.</summary>
    public const string Daemon = "daemon";

    /// <summary>The daemon is stopping and has begun nothing: the call can be made again at another one.</summary>
    public const string Stopping = "stopping";

    /// <summary>The daemon does not reach the vault's database, and has done nothing: the call can be made again at another one.</summary>
    public const string NoDatabase = "no_database";

    /// <summary>The daemon's vault is sealed, and the daemon has begun nothing: the call can be made again at another one that is not.</summary>
    public const string Sealed = "sealed";

    /// <summary>An object with one member, a string.</summary>
    public static JsonElement Of(string name, string value) => Write(json => json.WriteString(name, ErrorText.Clean(value)));

    /// <summary>An object with one member, a number.</summary>
    public static JsonElement Of(string name, long value) => Write(json => json.WriteNumber(name, value));

    /// <summary>An object of strings and integers; null values are left out.</summary>
    public static JsonElement? Of(IReadOnlyDictionary<string, object>? members) => members is null or { Count: 0 } ? null : Write(json =>
    {
        foreach (var (name, value) in members)
        {
            if (value is long number)
            {
                json.WriteNumber(name, number);
            }
            else
            {
                json.WriteString(name, ErrorText.Clean((string)value));
            }
        }
    });

    private static JsonElement Write(Action<Utf8JsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        using var document = JsonDocument.Parse(buffer.WrittenMemory);
        return document.RootElement.Clone();
    }
}
