using System.Globalization;
using System.Net.Http;
using System.Net.Http.Headers;

namespace Sanctum.Egress.Receiving;

/// <summary>
/// Refuses responses whose ends can't be trusted, or that .NET's client takes for something else than they say: it does not undo other
/// transfer codings than chunked, and takes a length that is no number for none.
/// </summary>
internal static class Framing
{
    // RFC 9113, section 8.2.2: about a connection, which HTTP/2 has its own frames for.
    private static readonly string[] OfConnection = ["Connection", "Keep-Alive", "Proxy-Connection", "Transfer-Encoding", "Upgrade"];

    /// <exception cref="VaultException">It is a part of something, or framed in a way that can't be searched; upstream failed.</exception>
    public static void Require(HttpResponseMessage response)
    {
        // Half of an echo has half of the secret in it, which nothing finds, and so has a difference to an earlier one (226: RFC 3229); a connection that
        // changes its protocol is no response.
        if ((int)response.StatusCode is 226 or 101 || IsPartOfBytes(response))
        {
            throw Errors.UpstreamFailed(
                "the service sent a partial response or changed the protocol, so the response can't be searched for the secret",
                "request the whole resource");
        }

        if (response.Version.Major >= 2)
        {
            RequireNoneOfConnection(response.Headers.NonValidated);
        }

        // Once, and in so many letters: chunks that are left in the body, because they were within others or were called something that is
        // chunked to some readers only, cut a secret to pieces.
        if (response.Headers.NonValidated.TryGetValues("Transfer-Encoding", out var codings)
            && !(codings.Count == 1 && codings.ToString().Equals("chunked", StringComparison.OrdinalIgnoreCase)))
        {
            throw ContentDecoding.Undecodable();
        }

        // RFC 9112, section 6.3: several lengths, or one beside chunks, are how one response is taken for another.
        if (response.Content.Headers.NonValidated.TryGetValues("Content-Length", out var lengths)
            && (codings.Count > 0 || lengths.Distinct().Count() > 1 || !lengths.All(length => long.TryParse(length, NumberStyles.None, CultureInfo.InvariantCulture, out _))))
        {
            throw Errors.UpstreamFailed("the service's response has an invalid Content-Length", "try again; if it happens again, the service is at fault");
        }
    }

    /// <summary>What came after the body.</summary>
    /// <exception cref="VaultException">Over HTTP/2, it speaks about the connection; upstream failed.</exception>
    public static void RequireOfTrailers(HttpResponseMessage response)
    {
        if (response.Version.Major >= 2)
        {
            RequireNoneOfConnection(response.TrailingHeaders.NonValidated);
        }
    }

    /// <summary>How long the body has to be; null when the response does not say.</summary>
    /// <remarks>RFC 9110, section 6.4.1: there is none after HEAD, and none with 204 and 304, whatever length is told.</remarks>
    public static long? LengthOf(HttpResponseMessage response) =>
        response.RequestMessage?.Method == HttpMethod.Head || (int)response.StatusCode is 204 or 304 ? 0
        : response.Content.Headers.NonValidated.TryGetValues("Content-Length", out var lengths)
            ? long.Parse(lengths.First(), NumberStyles.None, CultureInfo.InvariantCulture)
            : null;

    // Of other units than bytes, such as rows, each part is whole (RFC 9110, section 14.1): PostgREST and Heroku page so. With another status Content-Range only
    // informs. A part that does not say its unit is taken for one of bytes.
    private static bool IsPartOfBytes(HttpResponseMessage response)
    {
        var headers = response.Content.Headers.NonValidated;
        var isMultipart = headers.TryGetValues("Content-Type", out var types) && types.Any(type => type.Contains("multipart/byteranges", StringComparison.OrdinalIgnoreCase));
        return (int)response.StatusCode == 206
            && (isMultipart || !headers.TryGetValues("Content-Range", out var ranges) || ranges.Any(range => range.Contains("bytes", StringComparison.OrdinalIgnoreCase)));
    }

    // A length or chunks of its own within HTTP/2's frames are how a body is cut to pieces that nothing finds the secret in.
    private static void RequireNoneOfConnection(HttpHeadersNonValidated headers)
    {
        foreach (var name in OfConnection)
        {
            if (headers.Contains(name))
            {
                throw Errors.UpstreamFailed($"the service's HTTP/2 response has a {name} field, which HTTP/2 does not allow", "the service is at fault");
            }
        }
    }
}
