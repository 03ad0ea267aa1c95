using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Sanctum.Destinations;
using Sanctum.Operations;

namespace Sanctum.Egress;

/// <summary>The parameters of <c>http_request</c>, read strictly.</summary>
internal sealed record HttpRequestParameters
{
    // As it is written: a URL has at most 8 KiB, and each of its characters can be an escape of six.
    private const int LongestTarget = 6 * 8 * 1024;

    public required RequestTarget Target { get; init; }

    public required IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; }

    /// <summary>Not decoded yet: that takes memory, which is the agent's to give once it is known that the call may go on.</summary>
    public required RequestBody Body { get; init; }

    public string? HeaderType { get; init; }

    public string? HeaderName { get; init; }

    public TimeSpan? Timeout { get; init; }

    /// <exception cref="VaultException">Something is missing, unknown or malformed; invalid params, which name it.</exception>
    public static HttpRequestParameters Read(JsonElement parameters)
    {
        var read = OperationParameters.Read(parameters, HttpRequestOperation.Described);
        return new HttpRequestParameters
        {
            Target = RequestTarget.Parse(read.Text("method"), read.Text("url")),
            Headers = read.OptionalTexts("headers"),
            Body = RequestBody.Of(read),
            HeaderType = read.OptionalText("header_type"),
            HeaderName = read.OptionalText("header_name"),
            Timeout = read.OptionalNumber("timeout") is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
        };
    }

    /// <summary>Where the request goes, from one pass over the bytes in which nothing is made of the rest; null when that is malformed.</summary>
    /// <remarks>What is wrong is said by <see cref="Read"/>: who may not use the credential at all is told that first.</remarks>
    public static RequestTarget? TargetOf(ReadOnlySpan<byte> parameters)
    {
        try
        {
            return FindTarget(new Utf8JsonReader(parameters, new JsonReaderOptions { MaxDepth = 64 }));
        }
        catch (Exception malformed) when (malformed is VaultException or JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>What tells this call from every other one: all of it that has an effect.</summary>
    public byte[] Digest()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, Target.Method);
        Append(hash, Target.Url.Origin.ToString());
        Append(hash, Target.Url.Path + Target.Url.Query);
        Append(hash, HeaderType ?? "");
        Append(hash, HeaderName ?? "");

        // How many, so that a body can't be made up to read like one more.
        hash.AppendData(BitConverter.GetBytes(Headers.Count));
        foreach (var (name, value) in Headers.OrderBy(header => header.Key, StringComparer.OrdinalIgnoreCase))
        {
            Append(hash, name.ToLowerInvariant());
            Append(hash, value);
        }

        Body.AppendTo(hash);
        return hash.GetHashAndReset();
    }

    private static RequestTarget? FindTarget(Utf8JsonReader reader)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return null;
        }

        string? method = null, url = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var (isMethod, isUrl) = (reader.ValueTextEquals("method"u8), reader.ValueTextEquals("url"u8));
            reader.Read();
            if ((isMethod && method is not null) || (isUrl && url is not null) || reader.ValueSpan.Length > (isMethod || isUrl ? LongestTarget : int.MaxValue))
            {
                return null;
            }

            method = isMethod ? reader.GetString() : method;
            url = isUrl ? reader.GetString() : url;
            reader.Skip();
        }

        return method is null || url is null ? null : RequestTarget.Parse(method, url);
    }

    // With its length before it, so that no two lists of texts are one.
    private static void Append(IncrementalHash hash, string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        hash.AppendData(BitConverter.GetBytes(utf8.Length));
        hash.AppendData(utf8);
    }
}
