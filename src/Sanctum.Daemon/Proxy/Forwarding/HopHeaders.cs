using System.Collections.Frozen;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Sanctum.Daemon.Proxy.Forwarding;

/// <summary>Headers that are about one connection (RFC 9110, section 7.6.1), or about the proxy: they end here, in both directions.</summary>
internal static class HopHeaders
{
    private const string ProxyPrefix = "Proxy-";

    // Content-Length and Expect go with the body, Host with the URL.
    private static readonly FrozenSet<string> OfRequests = new[]
    {
        "Connection", "Keep-Alive", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "HTTP2-Settings", "Host", "Content-Length", "Expect",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    // Alt-Svc would have the client go around the proxy.
    private static readonly FrozenSet<string> OfResponses = new[]
    {
        "Alt-Svc", "Connection", "Keep-Alive", "Trailer", "Transfer-Encoding", "Upgrade", ProxyError.Header,
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    // Fields of one value: HTTP gives two of them no meaning, and each reader another (RFC 9110, section 5.3).
    private static readonly FrozenSet<string> OfOneValue = new[]
    {
        "Authorization", "Content-Disposition", "Content-Location", "Content-MD5", "Content-Range", "Content-Type", "Date", "From", "If-Modified-Since", "If-Range", "If-Unmodified-Since", "Max-Forwards",
        "Origin", "Range", "Referer", "User-Agent",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>The headers of a request that go on, the values of each in one line.</summary>
    /// <exception cref="ProxyException">A header of one value is repeated.</exception>
    public static List<KeyValuePair<string, string>> Forwarded(IHeaderDictionary headers)
    {
        var named = Named(headers.Connection);
        var forwarded = new List<KeyValuePair<string, string>>(headers.Count);
        foreach (var (name, values) in headers)
        {
            if (name.StartsWith(':') || OfRequests.Contains(name) || IsProxys(name) || named.Contains(name))
            {
                continue;
            }

            if (values.Count > 1 && OfOneValue.Contains(name))
            {
                throw ProxyErrors.BadRequest($"the header {name} is repeated", "send it once");
            }

            // Several lines of a name are one list (RFC 9110, section 5.3); those of Cookie too, with their own separator (RFC 9113, section 8.2.3).
            forwarded.Add(new(name, string.Join(name.Equals("Cookie", StringComparison.OrdinalIgnoreCase) ? "; " : ", ", values.AsEnumerable())));
        }

        return forwarded;
    }

    /// <summary>Puts the headers of a response on the one to the client.</summary>
    public static void Return(IReadOnlyList<KeyValuePair<string, string>> headers, IHeaderDictionary response)
    {
        var named = Named(headers.Where(header => header.Key.Equals("Connection", StringComparison.OrdinalIgnoreCase)).Select(header => header.Value));
        foreach (var (name, values) in ByName(headers))
        {
            if (!OfResponses.Contains(name) && !IsProxys(name) && !named.Contains(name))
            {
                response[name] = values;
            }
        }
    }

    /// <summary>All values of each name at once: what is added to a collection value by value is copied and checked as often as there are values.</summary>
    public static IEnumerable<KeyValuePair<string, StringValues>> ByName(IEnumerable<KeyValuePair<string, string>> headers) =>
        headers.GroupBy(header => header.Key, StringComparer.OrdinalIgnoreCase)
            .Select(all => KeyValuePair.Create(all.Key, new StringValues([.. all.Select(header => header.Value)])));

    private static bool IsProxys(string name) => name.StartsWith(ProxyPrefix, StringComparison.OrdinalIgnoreCase);

    private static HashSet<string> Named(IEnumerable<string?> connection) =>
        connection.SelectMany(value => (value ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
}
