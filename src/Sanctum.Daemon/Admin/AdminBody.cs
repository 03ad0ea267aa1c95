using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Sanctum.Protocol;
using Sanctum.Protocol.Framing;

namespace Sanctum.Daemon.Admin;

/// <summary>
/// Makes an object of a body, and leaves nothing behind where that can't be done. The serialiser's exceptions can quote what was sent, and
/// it forgets what its converters have made so far: so the body is looked through first, and what secrets were made of it is known here.
/// </summary>
internal static class AdminBody
{
    // A policy has at most a few hundred.
    private const int MostTokens = 16 * 1024;

    // All policies of a vault at once: what the largest body can have of them.
    private const int MostTokensOfPolicies = 512 * 1024;

    /// <exception cref="JsonException">It is not what <paramref name="type"/> is made of. The message quotes a few bytes at most.</exception>
    public static T? Read<T>(byte[] body, JsonTypeInfo<T> type)
    {
        Check(body, type);
        using var secrets = SecretBase64Converter.Track();
        var read = JsonSerializer.Deserialize(body, type);
        secrets.Keep();
        return read;
    }

    // Well-formed to the end, and at the top only members that there are, each once: no exception has to name any other.
    private static void Check(byte[] body, JsonTypeInfo type)
    {
        var reader = new Utf8JsonReader(JsonPieces.Of(body), new JsonReaderOptions { MaxDepth = FrameLimits.Depth });
        var (left, seen) = (type.Type == typeof(ApplyRequest) ? MostTokensOfPolicies : MostTokens, 0L);
        while (reader.Read())
        {
            if (--left < 0 || (reader.CurrentDepth == 1 && reader.TokenType == JsonTokenType.PropertyName && !IsNew(ref reader, type, ref seen)))
            {
                throw new JsonException();
            }
        }
    }

    private static bool IsNew(ref Utf8JsonReader reader, JsonTypeInfo type, ref long seen)
    {
        for (var i = 0; i < type.Properties.Count; i++)
        {
            if (reader.ValueTextEquals(type.Properties[i].Name))
            {
                var isNew = (seen & (1L << i)) == 0;
                seen |= 1L << i;
                return isNew;
            }
        }

        return false;
    }
}
