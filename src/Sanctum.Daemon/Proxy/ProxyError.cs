using System.Text.Json;

namespace Sanctum.Daemon.Proxy;

/// <summary>A refusal or failure as a client of the proxy gets it: a status, a <c>Sanctum-Error</c> header and a JSON body.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Code">The error code, as on the agents' wire.</param>
/// <param name="Message">What went wrong.</param>
/// <param name="Detail">More about it.</param>
/// <param name="Suggestion">What to do.</param>
/// <param name="RetryAfter">When to try again, in seconds.</param>
/// <param name="Context">Particulars by name, each text or a number; null for none.</param>
internal sealed record ProxyError(
    int Status, string Code, string Message, string? Detail = null, string? Suggestion = null, long? RetryAfter = null, IReadOnlyDictionary<string, object>? Context = null)
{
    /// <summary>The address of the error's page.</summary>
    public string? DocsUrl { get; init; }

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
            WriteIfAny(json, "docs_url"u8, DocsUrl);
            if (RetryAfter is { } seconds)
            {
                json.WriteNumber("retry_after"u8, seconds);
            }

            WriteContext(json);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return body.ToArray();
    }

    // Beside the others, where clients look for 'retry_after'.
    private void WriteContext(Utf8JsonWriter json)
    {
        foreach (var (name, value) in Context ?? new Dictionary<string, object>())
        {
            if (name == "retry_after")
            {
                continue;
            }

            if (value is long number)
            {
                json.WriteNumber(name, number);
            }
            else
            {
                json.WriteString(name, value.ToString());
            }
        }
    }

    private static void WriteIfAny(Utf8JsonWriter json, ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }
}
