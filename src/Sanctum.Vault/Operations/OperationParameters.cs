using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Sanctum.Operations;

/// <summary>
/// A call's parameters, read strictly: an object without unknown or repeated members, all of them strings, and never two
/// spellings of one. Points into the caller's JSON and copies nothing where it need not.
/// </summary>
internal readonly struct OperationParameters
{
    private readonly JsonElement _members;

    private OperationParameters(JsonElement members) => _members = members;

    public static OperationParameters Read(JsonElement parameters, params ReadOnlySpan<string> known)
    {
        if (parameters.ValueKind != JsonValueKind.Object)
        {
            throw Errors.InvalidParams("params", "'params' must be an object");
        }

        var seen = 0;
        foreach (var member in parameters.EnumerateObject())
        {
            var index = IndexOf(member, known);
            if (index < 0)
            {
                throw Errors.UnknownParameter(NameOf(member), known);
            }

            if ((seen & (1 << index)) != 0)
            {
                throw Errors.InvalidParams(known[index], $"'{known[index]}' is there twice");
            }

            if (member.Value.ValueKind != JsonValueKind.String)
            {
                throw Errors.InvalidParams(known[index], $"'{known[index]}' must be a string");
            }

            seen |= 1 << index;
        }

        return new OperationParameters(parameters);
    }

    /// <summary>The UTF-8 bytes of a required text that has two spellings.</summary>
    public ReadOnlySpan<byte> Utf8(string name, string otherName)
    {
        var member = Spelling(name, otherName);
        return Utf8(member, _members.GetProperty(member));
    }

    /// <summary>The UTF-8 bytes of an optional text; none when it is not there.</summary>
    public ReadOnlySpan<byte> OptionalUtf8(string name) =>
        _members.TryGetProperty(name, out var value) ? Utf8(name, value) : [];

    /// <summary>A required text.</summary>
    public string Text(string name) =>
        OptionalText(name) ?? throw Errors.InvalidParams(name, $"'{name}' is missing");

    /// <summary>An optional text; null when it is not there.</summary>
    public string? OptionalText(string name) =>
        _members.TryGetProperty(name, out var value) ? String(name, value) : null;

    /// <summary>Which of two spellings the call used.</summary>
    public string Spelling(string name, string otherName)
    {
        var other = _members.TryGetProperty(otherName, out _);
        if (!_members.TryGetProperty(name, out _))
        {
            return other ? otherName : throw Errors.InvalidParams(name, $"'{name}' (or '{otherName}') is missing");
        }

        return other
            ? throw Errors.InvalidParams(otherName, $"'{name}' and '{otherName}' are two spellings of one parameter: send one of them")
            : name;
    }

    // The JSON reader does not look into strings until they are read. Without an escape the raw bytes are the text, provided they are
    // UTF-8; with one, GetString is asked, which refuses escapes that are half a character.
    private static ReadOnlySpan<byte> Utf8(string name, JsonElement value)
    {
        var raw = JsonMarshal.GetRawUtf8Value(value)[1..^1];
        if (raw.Contains((byte)'\\'))
        {
            return Encoding.UTF8.GetBytes(String(name, value));
        }

        return System.Text.Unicode.Utf8.IsValid(raw) ? raw : throw NotUnicode(name);
    }

    private static string String(string name, JsonElement value)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException malformed)
        {
            throw NotUnicode(name, malformed);
        }
    }

    private static VaultException NotUnicode(string name, Exception? inner = null) =>
        Errors.InvalidParams(name, $"'{name}' is not text: it has invalid UTF-8 or half a surrogate pair", inner);

    // A name with half a character in it, escaped, surfaces here as an exception; it is the name of no parameter.
    private static int IndexOf(JsonProperty member, ReadOnlySpan<string> known)
    {
        try
        {
            for (var i = 0; i < known.Length; i++)
            {
                if (member.NameEquals(known[i]))
                {
                    return i;
                }
            }

            return -1;
        }
        catch (InvalidOperationException)
        {
            return -1;
        }
    }

    private static string? NameOf(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException)
        {
            // A name that is not text can't be told back; that it is unknown still is.
            return null;
        }
    }
}
