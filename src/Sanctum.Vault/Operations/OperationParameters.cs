using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Sanctum.Operations;

/// <summary>
/// A call's parameters, read strictly by the operation's description: an object without unknown or repeated members, all that are required, each of its one
/// type, and never two spellings of one. Points into the caller's JSON and copies nothing where it need not.
/// </summary>
internal readonly struct OperationParameters
{
    private readonly JsonElement _members;
    private readonly OperationDescription _operation;

    // One bit for each spelling.
    private readonly int _there;

    private OperationParameters(JsonElement members, OperationDescription operation, int there) => (_members, _operation, _there) = (members, operation, there);

    /// <exception cref="VaultException">Something is missing, unknown or malformed; invalid params, which name it.</exception>
    public static OperationParameters Read(JsonElement parameters, OperationDescription operation)
    {
        if (parameters.ValueKind != JsonValueKind.Object)
        {
            throw Errors.InvalidParams("params", "'params' must be an object");
        }

        var known = operation.Spellings;
        var (seen, there) = (0, 0);
        foreach (var member in parameters.EnumerateObject())
        {
            var index = IndexOf(member, known);
            if (index < 0)
            {
                throw Errors.UnknownParameter(NameOf(member), [.. known.Select(spelling => spelling.Name)]);
            }

            if ((seen & (1 << index)) != 0)
            {
                throw Errors.InvalidParams(known[index].Name, $"'{known[index].Name}' is repeated");
            }

            // An optional one may be null, which is as good as left out; a required one is then missing.
            if (member.Value.ValueKind != KindOf(known[index].Parameter.Type) && member.Value.ValueKind != JsonValueKind.Null)
            {
                throw Errors.InvalidParams(known[index].Name, $"'{known[index].Name}' must be {InWords(known[index].Parameter.Type)}");
            }

            seen |= 1 << index;
            there |= member.Value.ValueKind == JsonValueKind.Null ? 0 : 1 << index;
        }

        var read = new OperationParameters(parameters, operation, there);
        foreach (var parameter in operation.Parameters)
        {
            read.Require(parameter);
        }

        return read;
    }

    /// <summary>The UTF-8 bytes of a text; none when it is not there.</summary>
    public ReadOnlySpan<byte> Utf8(string name) =>
        TryGet(name, out var value, out var spelling) ? Utf8(spelling, value) : [];

    /// <summary>A required text.</summary>
    public string Text(string name) => OptionalText(name) ?? throw new InvalidOperationException($"'{name}' is not described as required");

    /// <summary>An optional text; null when it is not there.</summary>
    public string? OptionalText(string name) =>
        TryGet(name, out var value, out var spelling) ? String(spelling, value) : null;

    /// <summary>An optional number; null when it is not there.</summary>
    public double? OptionalNumber(string name) => TryGet(name, out var value, out _) ? value.GetDouble() : null;

    /// <summary>The members of an optional object whose values are texts; none when it is not there.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> OptionalTexts(string name)
    {
        List<KeyValuePair<string, string>> texts = [];
        if (TryGet(name, out var value, out _))
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
        if (TryGet(name, out var value, out _))
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
    public JsonElement Optional(string name) => TryGet(name, out var value, out _) ? value : default;

    /// <summary>Whether it is there.</summary>
    public bool Has(string name) => TryGet(name, out _, out _);

    /// <summary>Which of its names the call used for one that is there.</summary>
    public string Spelling(string name) => TryGet(name, out _, out var spelling) ? spelling : name;

    private void Require(OperationParameter parameter)
    {
        var other = parameter.OtherName;
        var (isThere, isOther) = (IsThere(parameter.Name), other is not null && IsThere(other));
        if (isThere && isOther)
        {
            throw Errors.InvalidParams(other!, $"'{parameter.Name}' and '{other}' are two spellings of one parameter: send one of them");
        }

        if (parameter.IsRequired && !isThere && !isOther)
        {
            throw Errors.InvalidParams(parameter.Name, other is null ? $"'{parameter.Name}' is missing" : $"'{parameter.Name}' (or '{other}') is missing");
        }

        if (isThere && parameter.InsteadOf is { } first && IsThere(first))
        {
            throw Errors.InvalidParams(parameter.Name, $"'{first}' and '{parameter.Name}' are two forms of one parameter: send one of them");
        }

        if (isThere && parameter is { Type: ParameterType.Number, Above: not null } or { Type: ParameterType.Number, AtMost: not null })
        {
            RequireWithin(parameter);
        }
    }

    private void RequireWithin(OperationParameter parameter)
    {
        if (OptionalNumber(parameter.Name) is { } number && !(number > (parameter.Above ?? double.NegativeInfinity) && number <= (parameter.AtMost ?? double.MaxValue)))
        {
            throw Errors.InvalidParams(parameter.Name, string.Create(CultureInfo.InvariantCulture, $"'{parameter.Name}' must be {parameter.TypeInWords} above {parameter.Above}"));
        }
    }

    private bool IsThere(string spelling)
    {
        var known = _operation.Spellings;
        for (var i = 0; i < known.Length; i++)
        {
            if (known[i].Name == spelling)
            {
                return (_there & (1 << i)) != 0;
            }
        }

        return false;
    }

    private bool TryGet(string name, out JsonElement value, out string spelling)
    {
        var known = _operation.Spellings;
        for (var i = 0; i < known.Length; i++)
        {
            if ((_there & (1 << i)) != 0 && known[i].Parameter.Name == name)
            {
                spelling = known[i].Name;
                return _members.TryGetProperty(spelling, out value);
            }
        }

        (value, spelling) = (default, name);
        return false;
    }

    private static JsonValueKind KindOf(ParameterType type) => type switch
    {
        ParameterType.Number => JsonValueKind.Number,
        ParameterType.Texts or ParameterType.Members => JsonValueKind.Object,
        _ => JsonValueKind.String,
    };

    private static string InWords(ParameterType type) => KindOf(type) switch
    {
        JsonValueKind.Number => "a number",
        JsonValueKind.Object => "an object",
        _ => "a string",
    };

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
    private static int IndexOf(JsonProperty member, ParameterSpelling[] known)
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
