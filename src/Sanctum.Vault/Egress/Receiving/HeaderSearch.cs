using System.Buffers;
using System.Net.Http.Headers;
using System.Text;
using Sanctum.Crypto;
using Sanctum.Egress.Scrubbing;

namespace Sanctum.Egress.Receiving;

/// <summary>Searches a response's headers and trailers for the secret, and leaves out those that are not for the agent.</summary>
/// <param name="scrubber">Searches the body as well: between two texts it begins anew.</param>
internal sealed class HeaderSearch(Scrubber scrubber)
{
    // About the connection and the form that the body was in, neither of which the agent gets; and the cookies of a session that is the vault's.
    private static readonly HashSet<string> Withheld = new(StringComparer.OrdinalIgnoreCase)
    {
        "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Transfer-Encoding", "Trailer", "Upgrade", "Alt-Svc",
        "Content-Encoding", "Content-Length", "Set-Cookie", "Set-Cookie2", "Sec-WebSocket-Accept", "Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions",
    };

    private readonly ArrayBufferWriter<byte> _text = new();

    /// <summary>By lower-case name; what was there several times is joined by commas.</summary>
    public Dictionary<string, string> Joined(params ReadOnlySpan<HttpHeadersNonValidated> parts)
    {
        Dictionary<string, string> headers = new(StringComparer.Ordinal);
        foreach (var part in parts)
        {
            foreach (var (name, values) in part)
            {
                if (!Withheld.Contains(name))
                {
                    // Searched first: base64 in lower case is still a likely secret, and no form that is looked for.
                    var key = Search(name).ToLowerInvariant();
                    var value = Search(values.Count == 1 ? values.ToString() : string.Join(", ", values));
                    headers[key] = headers.TryGetValue(key, out var before) ? $"{before}, {value}" : value;
                }
            }
        }

        return headers;
    }

    /// <summary>As they were sent, each value by itself.</summary>
    public List<KeyValuePair<string, string>> Each(params ReadOnlySpan<HttpHeadersNonValidated> parts)
    {
        List<KeyValuePair<string, string>> headers = [];
        foreach (var part in parts)
        {
            foreach (var (name, values) in part)
            {
                if (!Withheld.Contains(name))
                {
                    // What is in two values of one name could be a secret cut in two for whoever joins them.
                    var joined = values.Count == 1 ? values.ToString() : string.Join(", ", values);
                    var (searched, searchedName) = (Search(joined), Search(name));
                    if (values.Count > 1 && searched.Equals(joined, StringComparison.Ordinal))
                    {
                        headers.AddRange(values.Select(value => KeyValuePair.Create(searchedName, value)));
                    }
                    else
                    {
                        headers.Add(KeyValuePair.Create(searchedName, searched));
                    }
                }
            }
        }

        return headers;
    }

    // As bytes, which is what the service sent: the characters of a header are those of Latin-1.
    private string Search(string text)
    {
        using var bytes = new SecretBytes(text.Length);
        Encoding.Latin1.GetBytes(text, bytes.Writable);
        _text.ResetWrittenCount();
        return scrubber.TryReplace(bytes.Span, _text) ? Encoding.Latin1.GetString(_text.WrittenSpan) : text;
    }
}
