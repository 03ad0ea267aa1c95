using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.Unicode;

namespace Sanctum.Client;

/// <summary>A request as the parameters of <c>http_request</c>. What the daemon has to refuse anyway is passed on as it is.</summary>
internal static class OutgoingRequest
{
    /// <param name="request">What to send.</param>
    /// <param name="options">How.</param>
    /// <param name="asTransport">Whether what a transport writes by itself, and an SDK's own key, are left out.</param>
    /// <param name="cancellationToken">Stops reading the content.</param>
    public static async Task<JsonObject> WriteAsync(HttpRequestMessage request, HttpUseOptions options, bool asTransport, CancellationToken cancellationToken)
    {
        var address = Address(request.RequestUri);
        var parameters = new JsonObject { ["method"] = request.Method.Method, ["url"] = asTransport ? options.WithoutPlaceholder(address) : address };
        AwsChunked? chunked = null;
        if (request.Content is { } content)
        {
            var body = await content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
            chunked = asTransport ? AwsChunked.Of(request, body) : null;
            AddBody(parameters, chunked?.Body ?? body);
        }

        AddHeaders(parameters, request, asTransport ? new TransportHeaders(request, options) : null, chunked);
        AddText(parameters, "header_type", options.HeaderType);
        AddText(parameters, "header_name", options.HeaderName);
        if (options.Timeout is { } timeout)
        {
            parameters.Add("timeout", (long)Math.Ceiling(timeout.TotalSeconds));
        }

        return parameters;
    }

    private static string Address(Uri? address)
    {
        // An absolute path is an absolute address to Uri at times (file:///v1/models), hence the look at the scheme.
        if (address is not { IsAbsoluteUri: true } || (address.Scheme != Uri.UriSchemeHttps && address.Scheme != Uri.UriSchemeHttp))
        {
            throw Errors.NotOfTheWeb();
        }

        // No client sends the fragment. It is cut off and not composed anew, because an address may have been made to keep its dots and escapes.
        return address.AbsoluteUri[..^address.Fragment.Length];
    }

    private static void AddBody(JsonObject parameters, byte[] body)
    {
        if (Utf8.IsValid(body))
        {
            parameters.Add("body", Encoding.UTF8.GetString(body));
        }
        else
        {
            parameters.Add("body_base64", Convert.ToBase64String(body));
        }
    }

    private static void AddHeaders(JsonObject parameters, HttpRequestMessage request, TransportHeaders? transport, AwsChunked? chunked)
    {
        // Unvalidated, because validating rewrites: what the program set is what is sent.
        IEnumerable<KeyValuePair<string, HeaderStringValues>> headers = request.Headers.NonValidated;
        if (request.Content is { } content)
        {
            // The body is there, and its length is the daemon's to tell.
            headers = headers.Concat(content.Headers.NonValidated.Where(header => !header.Key.Equals("Content-Length", StringComparison.OrdinalIgnoreCase)));
        }

        var byName = new JsonObject(new JsonNodeOptions { PropertyNameCaseInsensitive = true });
        foreach (var (name, values) in headers.Where(header => transport?.Leaves(header.Key, header.Value) ?? true))
        {
            var value = WholeText.Check(values.ToString(), name);
            byName[name] = byName[name] is { } first ? $"{first}, {value}" : value;
        }

        chunked?.Correct(byName);
        if (byName.Count > 0)
        {
            parameters.Add("headers", byName);
        }
    }

    private static void AddText(JsonObject parameters, string name, string? value)
    {
        if (value is not null)
        {
            parameters.Add(name, WholeText.Check(value, name));
        }
    }
}
