using System.Buffers;
using System.Net;
using System.Net.Http.Headers;

namespace Sanctum.Client;

/// <summary>Makes a program's request ready for the proxy: without its own key, and so that nobody repeats it unasked. The message itself is changed, as every handler does.</summary>
internal static class ProxiedRequest
{
    // RFC 9110, section 5.5. HttpClient would write a line break as it is, and a question mark for what is beyond ASCII.
    private static readonly SearchValues<char> InValues = SearchValues.Create([.. Enumerable.Range(' ', '~' - ' ' + 1).Select(code => (char)code), '\t']);

    /// <summary>Refuses an address without a service: then nothing has been sent.</summary>
    /// <exception cref="ArgumentException">It is relative, or not of the web.</exception>
    public static void RequireAddress(HttpRequestMessage request)
    {
        if (request.RequestUri is not { IsAbsoluteUri: true } address || (address.Scheme != Uri.UriSchemeHttps && address.Scheme != Uri.UriSchemeHttp))
        {
            throw Errors.NotOfTheWeb();
        }
    }

    /// <summary>Refuses headers that no HTTP request can have: then nothing has been sent.</summary>
    /// <exception cref="ArgumentException">A value has characters that none can have.</exception>
    public static void RequireHeaders(HttpRequestMessage request)
    {
        RequireValues(request.Headers);
        if (request.Content is { } content)
        {
            RequireValues(content.Headers);
        }
    }

    /// <summary>Takes an SDK's own key out of a request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="options">How the secret is put in.</param>
    /// <param name="placeholder">What stands for the credential in a path.</param>
    /// <param name="cancellationToken">Stops reading the content.</param>
    public static ValueTask TakeOffKeyAsync(HttpRequestMessage request, HttpUseOptions options, string? placeholder, CancellationToken cancellationToken)
    {
        if (options.Placeholder is not null && request.RequestUri is { IsAbsoluteUri: true } address)
        {
            TakeOffAddress(request, address, options, placeholder ?? "");
        }

        // Before the headers that say so are taken off.
        var isChunked = request.Content is not null && AwsChunked.IsSaidOf(request);
        TakeOffKeys(request, options);
        if (request.Headers.NonValidated.Contains("Host") && TransportHeaders.IsOwnHost(request.RequestUri, request.Headers.Host ?? ""))
        {
            request.Headers.Host = null;
        }

        return isChunked ? UnframeAsync(request, cancellationToken) : ValueTask.CompletedTask;
    }

    /// <summary>Whether a request without content has to have one, so that it is never sent twice. HTTP/2 tells which requests were not begun.</summary>
    public static bool RequiresContent(HttpRequestMessage request) =>
        request.Content is null
        && request.Version < HttpVersion.Version20
        && request.VersionPolicy != HttpVersionPolicy.RequestVersionOrHigher
        && !request.Headers.NonValidated.Contains("Upgrade");

    private static void RequireValues(HttpHeaders headers)
    {
        foreach (var (name, values) in headers.NonValidated)
        {
            foreach (var value in values)
            {
                if (value.AsSpan().ContainsAnyExcept(InValues))
                {
                    throw Errors.InvalidHeaderValue(name);
                }
            }
        }
    }

    private static void TakeOffAddress(HttpRequestMessage request, Uri address, HttpUseOptions options, string placeholder)
    {
        var text = address.AbsoluteUri[..^address.Fragment.Length];
        var without = options.WithoutPlaceholder(text, placeholder);
        if (without != text)
        {
            request.RequestUri = new Uri(without, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        }
    }

    private static void TakeOffKeys(HttpRequestMessage request, HttpUseOptions options)
    {
        while (FindKey(request, options) is { } name)
        {
            request.Headers.Remove(name);
        }
    }

    private static string? FindKey(HttpRequestMessage request, HttpUseOptions options)
    {
        foreach (var (name, values) in request.Headers.NonValidated)
        {
            if (TransportHeaders.IsOfKey(name, values, options))
            {
                return name;
            }
        }

        return null;
    }

    private static async ValueTask UnframeAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var framed = await request.Content!.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
        if (AwsChunked.Read(framed) is not { } chunked)
        {
            return;
        }

        request.Content = chunked.Unframed(request.Content);
        request.Headers.Remove("X-Amz-Decoded-Content-Length");
        request.Headers.Remove("X-Amz-Trailer");
        foreach (var (name, value) in chunked.Trailers)
        {
            request.Headers.Add(name, value);
        }
    }
}
