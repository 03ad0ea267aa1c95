using System.Buffers;
using System.Collections.Frozen;
using Sanctum.Egress.Injections;

namespace Sanctum.Egress;

/// <summary>The headers that a caller may send. What a server, a proxy or the vault itself decides by is not among them.</summary>
internal static class RequestHeaders
{
    private const int MaxCount = 64;
    private const int MaxBytes = 32 * 1024;
    private const int MaxName = 256;

    // RFC 9110, section 5.6.2.
    private static readonly SearchValues<char> TokenCharacters =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    private static readonly SearchValues<char> ValueCharacters = SearchValues.Create([.. Enumerable.Range(' ', '~' - ' ' + 1).Select(letter => (char)letter), '\t']);

    private static readonly FrozenSet<string> Forbidden = new[]
    {
        // Where it goes and how it is framed (RFC 9110, sections 7.2, 7.6.1, 7.8; RFC 9112, sections 6 and 9).
        "Host", "Connection", "Keep-Alive", "Proxy-Connection", "Transfer-Encoding", "Content-Length", "TE", "Trailer", "Upgrade", "Expect",
        "HTTP2-Settings", "Proxy", "Proxy-Authorization", "Proxy-Authenticate", "Alt-Used", "Via", "Max-Forwards",

        // Parts of an answer: each could hold half of a secret, and nothing would be found in either.
        "Range", "If-Range",

        // Another method or path than the one that was decided on.
        "X-HTTP-Method", "X-HTTP-Method-Override", "X-Method-Override", "X-Original-URL", "X-Rewrite-URL", "X-Original-Method",
        "X-Original-URI", "X-Rewrite-URI", "X-Original-Path", "X-Envoy-Original-Path", "X-HTTP-Verb", "X-Method", "X-Original-Host", "X-Host-Override",
        "X-HTTP-Host-Override",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    public static bool IsForbidden(string name) => Forbidden.Contains(AsVariable(name));

    // As a server reads it that hands headers on as variables (RFC 3875, section 4.1.18): '-' and '_' are one there.
    private static string AsVariable(string name) => name.Replace('_', '-');

    /// <summary>Visible ASCII, spaces and tabs, not at the ends (RFC 9110, section 5.5).</summary>
    public static bool IsValue(string value) =>
        value.Length == value.AsSpan().Trim(" \t").Length && !value.AsSpan().ContainsAnyExcept(ValueCharacters);

    /// <exception cref="VaultException">A header is malformed or not the caller's to set; invalid params.</exception>
    public static void Demand(IReadOnlyList<KeyValuePair<string, string>> headers, Injection injection)
    {
        if (headers.Count > MaxCount || headers.Sum(header => header.Key.Length + header.Value.Length) > MaxBytes)
        {
            throw Errors.InvalidParams("headers", $"there can be {MaxCount} headers, {MaxBytes} bytes in all");
        }

        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in headers)
        {
            if (name.Length is 0 or > MaxName || name.AsSpan().ContainsAnyExcept(TokenCharacters))
            {
                throw Errors.InvalidParams("headers", "a header's name is of letters, digits and !#$%&'*+-.^_`|~");
            }

            if (!IsValue(value))
            {
                throw Errors.InvalidParams("headers", $"the value of {Shown(name)} must be of visible ASCII characters and spaces, not at its ends, without line breaks");
            }

            if (IsForbidden(name) || injection.HeaderNames.Any(taken => AsVariable(taken).Equals(AsVariable(name), StringComparison.OrdinalIgnoreCase)))
            {
                throw Errors.HeaderNotYours(Shown(name));
            }

            if (!seen.Add(name))
            {
                throw Errors.InvalidParams("headers", $"the header {Shown(name)} is there twice");
            }
        }
    }

    private static string Shown(string name) => Errors.CanEcho(name) ? name : "that you sent";
}
