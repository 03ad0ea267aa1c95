using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Sanctum.Operations;

/// <summary>
/// A call's parameters, read strictly: an object without unknown or repeated members, each of its one type, and never two
/// spellings of one. Points into the caller's JSON and copies nothing where it need not.
/// </summary>
internal readonly struct OperationParameters
{
    private readonly JsonElement _members;

    private OperationParameters(JsonElement members) => _members = members;

    public static OperationParameters Read(JsonElement parameters, params ReadOnlySpan<Parameter> known)
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
                throw Errors.UnknownParameter(NameOf(member), Names(known));
            }

            if ((seen & (1 << index)) != 0)
            {
                throw Errors.InvalidParams(known[index].Name, $"'{known[index].Name}' is repeated");
            }

            // An optional one may be null, which is as good as left out; a required one is then missing.
            if (member.Value.ValueKind != known[index].Kind && member.Value.ValueKind != JsonValueKind.Null)
            {
                throw Errors.InvalidParams(known[index].Name, $"'{known[index].Name}' must be {known[index].KindInWords}");
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
        TryGet(name, out var value) ? Utf8(name, value) : [];

    /// <summary>A required text.</summary>
    public string Text(string name) =>
        OptionalText(name) ?? throw Errors.InvalidParams(name, $"'{name}' is missing");

    /// <summary>An optional text; null when it is not there.</summary>
    public string? OptionalText(string name) =>
        TryGet(name, out var value) ? String(name, value) : null;

    /// <summary>An optional number; null when it is not there.</summary>
    public double? OptionalNumber(string name) => TryGet(name, out var value) ? value.GetDouble() : null;

    /// <summary>The members of an optional object whose values are texts; none when it is not there.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> OptionalTexts(string name)
    {
        List<KeyValuePair<string, string>> texts = [];
        if (TryGet(name, out var value))
        {
            foreach (var member in value.EnumerateObject())
            {
                if (member.Value.ValueKind == JsonValueKind.Null)
                {
                    // As good as left out, here too.
                    continue;
                }

                if (NameOf(member) is not { } key || member.Value.ValueKind != JsonValueKind.String)
                {
                    throw Errors.InvalidParams(name, $"'{name}' must be an object whose values are strings");
                }

                texts.Add(KeyValuePair.Create(key, String(name, member.Value)));
            }
        }

        return texts;
    }

    /// <summary>The members of an optional object, in their order and none twice; their values are still to be read. None when it is not there.</summary>
    public IReadOnlyList<KeyValuePair<string, JsonElement>> OptionalMembers(string name)
    {
        List<KeyValuePair<string, JsonElement>> members = [];
        var seen = new HashSet<string>(StringComparer.Ordinal);
        if (TryGet(name, out var value))
        {
            foreach (var member in value.EnumerateObject())
            {
                var key = NameOf(member) ?? throw NotUnicode(name);
                if (!seen.Add(key))
                {
                    throw Errors.InvalidParams(name, $"'{name}' has a repeated member");
                }

                members.Add(KeyValuePair.Create(key, member.Value));
            }
        }

        return members;
    }

    /// <summary>An optional member as it stands; undefined when it is not there.</summary>
    public JsonElement Optional(string name) => TryGet(name, out var value) ? value : default;

    /// <summary>Whether it is there.</summary>
    public bool Has(string name) => TryGet(name, out _);

    /// <summary>Which of two spellings the call used.</summary>
    public string Spelling(string name, string otherName)
    {
        var other = TryGet(otherName, out _);
        if (!TryGet(name, out _))
        {
            return other ? otherName : throw Errors.InvalidParams(name, $"'{name}' (or '{otherName}') is missing");
        }

        return other
            ? throw Errors.InvalidParams(otherName, $"'{name}' and '{otherName}' are two spellings of one parameter: send one of them")
            : name;
    }

    private bool TryGet(string name, out JsonElement value) =>
        _members.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;

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

    /// <summary>The text that a JSON string is.</summary>
    /// <param name="name">what an error is about</param>
    public static string String(string name, JsonElement value)
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
    private static int IndexOf(JsonProperty member, ReadOnlySpan<Parameter> known)
    {
        try
        {
            for (var i = 0; i < known.Length; i++)
            {
                if (member.NameEquals(known[i].Name))
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

    private static string[] Names(ReadOnlySpan<Parameter> known)
    {
        var names = new string[known.Length];
        for (var i = 0; i < names.Length; i++)
        {
            names[i] = known[i].Name;
        }

        return names;
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

/// <summary>A parameter that an operation takes: a string, unless it says otherwise.</summary>
internal readonly record struct Parameter(string Name, JsonValueKind Kind = JsonValueKind.String)
{
    public string KindInWords => Kind switch
    {
        JsonValueKind.Number => "a number",
        JsonValueKind.Object => "an object",
        _ => "a string",
    };

    public static implicit operator Parameter(string name) => new(name);
}
