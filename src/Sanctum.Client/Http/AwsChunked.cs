using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Sanctum.Client;

/// <summary>
/// Undoes the framing that SDKs of AWS put around an upload, so that they can sign a stream or append a checksum: the vault signs the whole body, and the frames
/// hold signatures made with the SDK's own key.
/// <code>
/// SIZE[;chunk-signature=HEX] CR LF bytes CR LF … 0[;chunk-signature=HEX] CR LF (name:value CR LF)* CR LF
/// </code>
/// </summary>
/// <param name="Body">The upload.</param>
/// <param name="Trailers">What came after it: checksums, which are headers from then on.</param>
internal sealed record AwsChunked(byte[] Body, IReadOnlyList<KeyValuePair<string, string>> Trailers)
{
    private const string Coding = "aws-chunked";

    /// <summary>Null when the request has no such framing.</summary>
    public static AwsChunked? Of(HttpRequestMessage request, byte[] framed) => IsSaidOf(request) ? Read(framed) : null;

    /// <summary>Whether a request says that it has such framing.</summary>
    public static bool IsSaidOf(HttpRequestMessage request) =>
        request.Headers.NonValidated.TryGetValues("X-Amz-Content-Sha256", out var hash) && hash.ToString().StartsWith("STREAMING-", StringComparison.Ordinal);

    /// <summary>The same content without the framing, with its headers and the trailers. The request keeps its own.</summary>
    public HttpContent Unframed(HttpContent framed)
    {
        var content = new ByteArrayContent(Body);
#pragma warning disable RS0030 // Banned because it lets control characters through; these are the program's own headers, which HttpClient checks where it writes them.
        foreach (var (name, values) in framed.Headers.NonValidated.Where(header => !header.Key.Equals("Content-Length", StringComparison.OrdinalIgnoreCase)))
        {
            var kept = name.Equals("Content-Encoding", StringComparison.OrdinalIgnoreCase) ? OtherCodings(values.ToString()) : values.ToString();
            _ = kept.Length > 0 && content.Headers.TryAddWithoutValidation(name, kept);
        }
#pragma warning restore RS0030

        return content;
    }

    /// <summary>Takes out what is about the framing, and adds the trailers.</summary>
    public void Correct(JsonObject headers)
    {
        headers.Remove("X-Amz-Decoded-Content-Length");
        headers.Remove("X-Amz-Trailer");
        var rest = OtherCodings((string?)headers["Content-Encoding"] ?? "");
        headers.Remove("Content-Encoding");
        if (rest.Length > 0)
        {
            headers["Content-Encoding"] = rest;
        }

        foreach (var (name, value) in Trailers)
        {
            headers[name] = value;
        }
    }

    private static string OtherCodings(string all) => string.Join(
        ", ", all.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Where(coding => !coding.Equals(Coding, StringComparison.OrdinalIgnoreCase)));

    /// <summary>Takes the framing apart; null when it is none.</summary>
    public static AwsChunked? Read(ReadOnlySpan<byte> rest)
    {
        using var body = new MemoryStream(rest.Length);
        while (TryTakeLine(ref rest, out var line))
        {
            if (!int.TryParse(line.Split(';')[0], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var size) || size < 0 || size > rest.Length)
            {
                return null;
            }

            if (size == 0)
            {
                return new AwsChunked(body.ToArray(), Fields(rest));
            }

            body.Write(rest[..size]);
            rest = rest[size..];
            if (!TryTakeLine(ref rest, out var end) || end.Length > 0)
            {
                return null;
            }
        }

        return null;
    }

    // The signature of the trailers is the SDK's own, too.
    private static List<KeyValuePair<string, string>> Fields(ReadOnlySpan<byte> rest)
    {
        var fields = new List<KeyValuePair<string, string>>();
        while (TryTakeLine(ref rest, out var line) && line.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon)
        {
            if (!line.StartsWith("x-amz-trailer-signature", StringComparison.OrdinalIgnoreCase))
            {
                fields.Add(new(line[..colon], line[(colon + 1)..].Trim()));
            }
        }

        return fields;
    }

    private static bool TryTakeLine(ref ReadOnlySpan<byte> rest, out string line)
    {
        var end = rest.IndexOf("\r\n"u8);
        line = end < 0 ? "" : Encoding.Latin1.GetString(rest[..end]);
        rest = end < 0 ? rest : rest[(end + 2)..];
        return end >= 0;
    }
}
