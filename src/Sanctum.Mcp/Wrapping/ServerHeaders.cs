using System.Buffers;
using System.Collections.Frozen;

namespace Sanctum.Mcp.Wrapping;

/// <summary>
/// Plain headers that go with each request to a server elsewhere: a version, a set of tools, a tenant. What exists is valid. No header is among them that frames a message, says where it
/// goes, or is the protocol's own.
/// </summary>
public sealed class ServerHeaders
{
    /// <summary>The most headers.</summary>
    public const int Most = 32;

    /// <summary>The most bytes that all names and values have together.</summary>
    public const int MostBytes = 16 * 1024;

    // RFC 9110, section 5.6.2; and 5.5 without what is obsolete.
    private static readonly SearchValues<char> NameCharacters = SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
    private static readonly SearchValues<char> ValueCharacters = SearchValues.Create([.. Enumerable.Range(' ', '~' - ' ' + 1).Select(code => (char)code), '\t']);

    // RFC 9110, sections 7.2, 7.6.1, 7.8 and 10.1.1; RFC 9112, section 6. Then what this transport says itself, and resuming a stream.
    private static readonly FrozenSet<string> Taken = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "Host", "Connection", "Keep-Alive", "Transfer-Encoding", "TE", "Trailer", "Upgrade", "Expect", "HTTP2-Settings", "Via", "Max-Forwards", "Alt-Used",
        "Accept", "Accept-Encoding", "Last-Event-ID", "Allow", "Expires", "Last-Modified", "Origin");

    // Proxies' own, a body's own, and the protocol's own: Mcp-Session-Id, Mcp-Protocol-Version, Mcp-Method, Mcp-Name, Mcp-Param-….
    private static readonly string[] TakenBeginnings = ["Proxy-", "Content-", "Mcp-"];

    private static readonly FrozenSet<string> OfCredentials = FrozenSet.Create(StringComparer.OrdinalIgnoreCase, "Authorization", "Cookie", "Cookie2");

    private ServerHeaders(IReadOnlyList<KeyValuePair<string, string>> headers) => Values = headers;

    /// <summary>No headers.</summary>
    public static ServerHeaders None { get; } = new([]);

    /// <summary>Names and values, as they were given.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Values { get; }

    /// <summary>Checks headers.</summary>
    /// <param name="headers">Names and values. The value has no space at its ends.</param>
    /// <param name="withCredential">Whether the vault adds a secret: then no header can be there that is for one.</param>
    /// <exception cref="FormatException">One of them can't go with a request. The message says why, without the value.</exception>
    public static ServerHeaders Of(IEnumerable<KeyValuePair<string, string>> headers, bool withCredential)
    {
        var all = headers.ToList();
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in all)
        {
            if (WhyNot(name, value, withCredential) is { } why)
            {
                throw new FormatException(why);
            }

            _ = names.Add(name) ? 0 : throw new FormatException("each header once; put several values into one, with commas");
        }

        return all.Count <= Most && all.Sum(it => it.Key.Length + it.Value.Length) <= MostBytes
            ? new(all) : throw new FormatException($"at most {Most} headers, {MostBytes} bytes in all");
    }

    /// <summary>Why a header can't go with a request; null where it can.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">Its value.</param>
    /// <param name="withCredential">Whether the vault adds a secret.</param>
    public static string? WhyNot(string name, string value, bool withCredential) =>
        name.Length == 0 || name.AsSpan().ContainsAnyExcept(NameCharacters) || value.AsSpan().ContainsAnyExcept(ValueCharacters) || value.AsSpan().Trim(" \t").Length != value.Length
            ? "a name, a colon and a value in ASCII on one line: 'X-Version: 2'"
        : Taken.Contains(name) || TakenBeginnings.Any(beginning => name.StartsWith(beginning, StringComparison.OrdinalIgnoreCase)) ? $"no header {name}, which the transport sets itself: leave it out"
        : withCredential && OfCredentials.Contains(name) ? $"no header {name} with --credential, since the vault adds the secret: leave it out"
        : null;

    /// <summary>Whether a header of this name is there for a secret alone.</summary>
    /// <param name="name">Its name.</param>
    public static bool IsForSecret(string name) => OfCredentials.Contains(name);
}
