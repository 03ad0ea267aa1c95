using System.Net.Http.Headers;
using Sanctum.Cli.CommandLine;

namespace Sanctum.Cli.Requests;

/// <summary>Makes the request of what was typed. What a request may be is the vault's to judge: nothing is put right here.</summary>
internal static class RequestMessage
{
    private const string ContentType = "Content-Type";

    public static HttpRequestMessage Of(string? method, string url, IReadOnlyList<RequestHeader> headers, HttpContent? body)
    {
        var request = new HttpRequestMessage(method is null ? (body is null ? HttpMethod.Get : HttpMethod.Post) : new HttpMethod(method), Address(url));
        if (body is not null)
        {
            request.Content = body;
            if (!headers.Any(it => it.Name.Equals(ContentType, StringComparison.OrdinalIgnoreCase)))
            {
                request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/x-www-form-urlencoded"); // As curl has it.
            }
        }

        foreach (var header in headers)
        {
            Add(request, header);
        }

        return request;
    }

    private static Uri Address(string url)
    {
        // Byte for byte: the escapes and dots of a path are the service's to read. No client sends the fragment.
        var options = new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true };
        return Uri.TryCreate(url.Split('#')[0], options, out var address) ? address : throw CliErrors.Usage("the URL is invalid", "it has a scheme, a host and a path: https://api.example.com/v1");
    }

    private static void Add(HttpRequestMessage request, RequestHeader header)
    {
#pragma warning disable RS0030 // Banned because it lets control characters through, which RequestHeader has refused; Add refuses values that services take.
        if (request.Headers.TryAddWithoutValidation(header.Name, header.Value))
        {
            return;
        }

        request.Content ??= new ByteArrayContent([]);
        if (!request.Content.Headers.TryAddWithoutValidation(header.Name, header.Value))
#pragma warning restore RS0030
        {
            throw CliErrors.InvalidValue("-H", "the name of a header that requests can have");
        }
    }
}
