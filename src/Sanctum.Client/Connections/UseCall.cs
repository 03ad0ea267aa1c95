using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Sanctum.Client.Connections;

/// <summary>The parameters of <c>use</c>, as they are sent.</summary>
internal sealed record UseCall(string Path, string Operation, string SessionId, CallParameters? Params);

/// <summary>
/// An operation's parameters, fixed: a call that is repeated stays what it was. Of the client's own operations all are text, and are written without becoming
/// JSON in memory before.
/// </summary>
[JsonConverter(typeof(Converter))]
internal sealed class CallParameters
{
    private readonly JsonElement _whole;
    private readonly (string Name, string? Value)[]? _texts;

    private CallParameters(JsonElement whole, (string Name, string? Value)[]? texts) => (_whole, _texts) = (whole, texts);

    /// <summary>Takes an object as it is now: the caller may go on to change it.</summary>
    public static CallParameters Of(JsonObject parameters) => new(JsonSerializer.SerializeToElement(parameters, Replies.Default.JsonObject), null);

    /// <summary>Takes texts; those that are null are left out.</summary>
    /// <exception cref="ArgumentException">One is not text.</exception>
    public static CallParameters Of(params ReadOnlySpan<(string Name, string? Value)> texts)
    {
        foreach (var (name, value) in texts)
        {
            if (value is not null)
            {
                WholeText.Check(value, name);
            }
        }

        return new CallParameters(default, texts.ToArray());
    }

    private void Write(Utf8JsonWriter json)
    {
        if (_texts is null)
        {
            _whole.WriteTo(json);
            return;
        }

        json.WriteStartObject();
        foreach (var (name, value) in _texts)
        {
            if (value is not null)
            {
                json.WriteString(name, value);
            }
        }

        json.WriteEndObject();
    }

    internal sealed class Converter : JsonConverter<CallParameters>
    {
        public override CallParameters Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException("parameters are only sent");

        public override void Write(Utf8JsonWriter writer, CallParameters value, JsonSerializerOptions options) => value.Write(writer);
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(UseCall))]
internal sealed partial class CallJson : JsonSerializerContext;
