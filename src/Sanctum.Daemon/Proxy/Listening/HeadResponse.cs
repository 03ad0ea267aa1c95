using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace Sanctum.Daemon.Proxy.Listening;

/// <summary>Responses to CONNECT requests, which Kestrel does not write.</summary>
internal static class HeadResponse
{
    private static readonly byte[] Established = "HTTP/1.1 200 Connection Established\r\n\r\n"u8.ToArray();

    public static async ValueTask EstablishAsync(PipeWriter output) => await output.WriteAsync(Established).ConfigureAwait(false);

    /// <summary>Says why there is no tunnel.</summary>
    /// <param name="output">The client.</param>
    /// <param name="error">Why.</param>
    /// <param name="keep">Whether another request can follow.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async ValueTask RefuseAsync(PipeWriter output, ProxyError error, bool keep, CancellationToken cancellationToken)
    {
        var body = error.ToJson();
        var head = new StringBuilder();
        head.Append(CultureInfo.InvariantCulture, $"HTTP/1.1 {error.Status} {ReasonPhrases.GetReasonPhrase(error.Status)}\r\n");
        head.Append(CultureInfo.InvariantCulture, $"Content-Type: {ProxyError.MediaType}\r\nContent-Length: {body.Length}\r\n{ProxyError.Header}: {error.Code}\r\n");
        if (error.Status == StatusCodes.Status407ProxyAuthenticationRequired)
        {
            head.Append(CultureInfo.InvariantCulture, $"Proxy-Authenticate: {ProxyErrors.Challenge}\r\n");
        }

        if (error.RetryAfter is { } seconds)
        {
            head.Append(CultureInfo.InvariantCulture, $"Retry-After: {seconds}\r\n");
        }

        head.Append(keep ? "\r\n" : "Connection: close\r\n\r\n");
        await output.WriteAsync(Encoding.Latin1.GetBytes(head.ToString()), cancellationToken).ConfigureAwait(false);
        await output.WriteAsync(body, cancellationToken).ConfigureAwait(false);
    }
}
