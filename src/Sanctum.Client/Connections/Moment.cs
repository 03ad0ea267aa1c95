using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sanctum.Client.Connections;

/// <summary>
/// A time in a reply. Ours are RFC 3339; other daemons also send Unix seconds. What is neither is taken as "not said", since a
/// time that only informs is no reason to fail a call.
/// </summary>
[JsonConverter(typeof(MomentConverter))]
internal readonly record struct Moment(DateTimeOffset? Value);

internal sealed class MomentConverter : JsonConverter<Moment>
{
    public override Moment Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                return new Moment(reader.TryGetDateTimeOffset(out var time) ? time : null);
            case JsonTokenType.Number when reader.TryGetDouble(out var seconds) && seconds is >= 0 and < 253402300800:
                return new Moment(DateTimeOffset.UnixEpoch.AddSeconds(seconds));
            default:
                reader.Skip();
                return default;
        }
    }

    public override void Write(Utf8JsonWriter writer, Moment value, JsonSerializerOptions options) =>
        throw new NotSupportedException("replies are only read here");
}
