using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Sanctum.Client.Connections;
using Sanctum.Protocol.Framing;

namespace Sanctum.Client;

/// <summary>The result of <c>http_request</c> as an HTTP response. It holds what an upstream wrote, so nothing of it is quoted in an error.</summary>
internal static class IncomingResponse
{
    // RFC 9110 §5.5: of ASCII's control characters, a value may have the tab.
    private static readonly SearchValues<char> NeverInValues =
        SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(code => (char)code).Where(code => code != '\t'), '\x7F']);

    /// <exception cref="FrameException">It is no response.</exception>
    public static HttpResponseMessage Read(HttpRequestReply reply, HttpRequestMessage request)
    {
        if (reply.Status is < 100 or > 999)
        {
            throw new FrameException("the daemon sent an invalid HTTP status");
        }

        if (reply is { Body: not null, BodyBase64: not null })
        {
            throw new FrameException("the daemon sent two bodies");
        }

        var response = new HttpResponseMessage((HttpStatusCode)reply.Status)
        {
            RequestMessage = request,
            Version = HttpVersion.Version11,
            Content = new ByteArrayContent(reply.BodyBase64 ?? Encoding.UTF8.GetBytes(reply.Body ?? "")),
        };
        foreach (var (name, lines) in reply.Headers ?? [])
        {
            Add(name, lines, response.Headers, response.Content.Headers);
        }

        foreach (var (name, lines) in reply.Trailers ?? [])
        {
            Add(name, lines, response.TrailingHeaders, response.TrailingHeaders);
        }

        if (request.Method != HttpMethod.Head)
        {
            // The vault decodes what it searches and takes out what it finds. A length that is not this body's would be believed: content that
            // tells too large a one can't be read.
            response.Content.Headers.Remove("Content-Length");
        }

        return response;
    }

    private static void Add(string name, HeaderLines lines, HttpHeaders headers, HttpHeaders contentHeaders)
    {
        foreach (var line in lines.Values)
        {
            if (line.AsSpan().ContainsAny(NeverInValues))
            {
                throw new FrameException("the daemon sent a header with a control character in it");
            }

#pragma warning disable RS0030 // Banned because it lets control characters through, which have just been looked for; Add refuses what many a server sends, such as a malformed date.
            if (!headers.TryAddWithoutValidation(name, line) && !contentHeaders.TryAddWithoutValidation(name, line))
#pragma warning restore RS0030
            {
                throw new FrameException("the daemon sent an invalid header name");
            }
        }
    }
}
