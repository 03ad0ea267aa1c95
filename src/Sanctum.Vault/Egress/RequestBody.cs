using System.Buffers;
using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Unicode;
using Sanctum.Operations;

namespace Sanctum.Egress;

/// <summary>The body that a call wants sent, as it stands in the call's JSON: text, or bytes in base64.</summary>
internal sealed class RequestBody
{
    private const string TextName = "body";
    private const string Base64Name = "body_base64";

    private readonly JsonElement _value;
    private readonly string _name;

    private RequestBody(string name, JsonElement value) => (_name, _value) = (name, value);

    /// <summary>None is another thing than an empty one.</summary>
    public bool IsThere => _value.ValueKind == JsonValueKind.String;

    /// <summary>How many bytes it can have at the most: escapes and base64 are longer than what they stand for.</summary>
    public int MaxLength => Raw.Length;

    private ReadOnlySpan<byte> Raw => IsThere ? JsonMarshal.GetRawUtf8Value(_value)[1..^1] : [];

    /// <exception cref="VaultException">It is there in both forms, or is seen to be no base64; invalid params.</exception>
    public static RequestBody Of(OperationParameters read) => read.Has(Base64Name)
        ? new RequestBody(Base64Name, read.Optional(Base64Name)).RequireBase64()
        : new(TextName, read.Optional(TextName));

    /// <summary>Writes its bytes into a buffer of at least <see cref="MaxLength"/>.</summary>
    /// <returns>How many there are.</returns>
    /// <exception cref="VaultException">It is no text, or no base64; invalid params.</exception>
    public int Decode(Span<byte> buffer)
    {
        var length = Unescape(buffer);
        if (_name == TextName)
        {
            return length;
        }

        // The decoder alone would skip white space in some places.
        return Base64.IsValid(buffer[..length]) && Base64.DecodeFromUtf8InPlace(buffer[..length], out var written) == OperationStatus.Done
            ? written
            : throw NotBase64();
    }

    /// <summary>Adds what tells it from other bodies: its bytes, however they are spelled. One that is malformed is as it stands; it is refused when it is to be sent.</summary>
    public void AppendTo(IncrementalHash hash)
    {
        hash.AppendData([(byte)(IsThere ? 1 : 0)]);
        var bytes = new byte[MaxLength];
        try
        {
            hash.AppendData(bytes.AsSpan(0, IsThere ? Decode(bytes) : 0));
        }
        catch (VaultException)
        {
            hash.AppendData(Raw);
        }
    }

    // Without memory, and so before anything is decided on. What has escapes is looked at when they are gone.
    private RequestBody RequireBase64() => Raw.Contains((byte)'\\') || Base64.IsValid(Raw) ? this : throw NotBase64();

    private static VaultException NotBase64() =>
        Errors.InvalidParams(Base64Name, "'body_base64' must be base64, in the standard alphabet and padded");

    private int Unescape(Span<byte> buffer)
    {
        var raw = Raw;
        if (!raw.Contains((byte)'\\'))
        {
            raw.CopyTo(buffer);
            return Utf8.IsValid(raw) ? raw.Length : throw NotText();
        }

        try
        {
            var reader = new Utf8JsonReader(JsonMarshal.GetRawUtf8Value(_value));
            reader.Read();
            return reader.CopyString(buffer);
        }
        catch (InvalidOperationException malformed)
        {
            throw NotText(malformed);
        }
    }

    private VaultException NotText(Exception? inner = null) =>
        Errors.InvalidParams(_name, $"'{_name}' is not text: it has invalid UTF-8 or half a surrogate pair", inner);
}
