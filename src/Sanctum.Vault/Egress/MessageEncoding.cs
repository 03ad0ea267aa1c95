using System.Net.Http;
using System.Net.Http.Headers;
using Sanctum.Destinations;

namespace Sanctum.Egress;

/// <summary>
/// How the messages in a body are compressed one by one, as gRPC and Connect do it. HTTP does not know of it, so nothing undoes it, and in what is compressed
/// nothing is found: it is neither offered nor sent nor accepted.
/// </summary>
/// <remarks>
/// <see href="https://github.com/grpc/grpc/blob/master/doc/compression.md">Compression of gRPC</see>,
/// <see href="https://connectrpc.com/docs/protocol/">the Connect protocol</see>. A single message of Connect has HTTP's own codings.
/// </remarks>
internal static class MessageEncoding
{
    private const string None = "identity";

    /// <summary>Offers none in place of what a request offers.</summary>
    public static KeyValuePair<string, string> Offered(KeyValuePair<string, string> header) =>
        HeaderWords.AsVariable(header.Key) is "grpc-accept-encoding" or "connect-accept-encoding" ? new(header.Key, None) : header;

    /// <summary>Looks at the headers, and at the query: a GET of Connect carries its message there, and says there how it is compressed.</summary>
    /// <exception cref="VaultException">A request's messages are compressed, so that they can't be searched; invalid params.</exception>
    public static void RequireNone(IReadOnlyList<KeyValuePair<string, string>> sent, RequestTarget target)
    {
        if (sent.FirstOrDefault(header => Compresses(header.Key, header.Value)).Key is { } name)
        {
            throw Errors.CompressedMessages(name);
        }

        if (target.Url.QueryMembers().Any(member => member.Key == "message") && target.Url.QueryMembers().Any(member => member.Key == "compression" && !IsNone(member.Value)))
        {
            throw Errors.CompressedMessageInQuery();
        }
    }

    /// <exception cref="VaultException">A response's messages are compressed, so that they can't be searched; upstream failed.</exception>
    public static void RequireNone(HttpResponseMessage response)
    {
        if (Compresses(response.Headers.NonValidated) || Compresses(response.Content.Headers.NonValidated))
        {
            throw Errors.UnsearchableMessages();
        }
    }

    private static bool Compresses(HttpHeadersNonValidated headers)
    {
        foreach (var (name, values) in headers)
        {
            if (values.Any(value => Compresses(name, value)))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Compresses(string name, string value) =>
        HeaderWords.AsVariable(name) is "grpc-encoding" or "connect-content-encoding" && !IsNone(value);

    private static bool IsNone(string value) => value.Trim().Equals(None, StringComparison.OrdinalIgnoreCase);
}
