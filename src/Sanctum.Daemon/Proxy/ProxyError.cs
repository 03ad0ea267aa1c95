using System.Text.Json;

namespace Sanctum.Daemon.Proxy;

/// <summary>A refusal or failure as a client of the proxy gets it: a status, a <c>Sanctum-Error</c> header and a JSON body.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Code">The error code, as on the agents' wire.</param>
/// <param name="Message">What went wrong.</param>
/// <param name="Detail">More about it.</param>
/// <param name="Suggestion">What to do.</param>
/// <param name="RetryAfter">When to try again, in seconds.</param>
/// <param name="Sends">How often the request had been sent by then; null for not at all.</param>
internal sealed record ProxyError(int Status, string Code, string Message, string? Detail = null, string? Suggestion = null, long? RetryAfter = null, long? Sends = null)
{
    /// <summary>The header with the code: a program can tell the proxy's refusal from a response of the host.</summary>
    public const string Header = "Sanctum-Error";

    public const string MediaType = "application/json";

    public byte[] ToJson()
    {
        using var body = new MemoryStream();
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteStartObject("error"u8);
            json.WriteString("code"u8, Code);
            json.WriteString("message"u8, Message);
            WriteIfAny(json, "detail"u8, Detail);
            WriteIfAny(json, "suggestion"u8, Suggestion);
            if (RetryAfter is { } seconds)
            {
                json.WriteNumber("retry_after"u8, seconds);
            }

            if (Sends is { } count)
            {
                json.WriteNumber("sends"u8, count);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        return body.ToArray();
    }

    private static void WriteIfAny(Utf8JsonWriter json, ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }
}
