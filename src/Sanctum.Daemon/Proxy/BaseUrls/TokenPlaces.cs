using System.Text;
using Microsoft.AspNetCore.Http;
using Sanctum.Daemon.Proxy.Runs;

namespace Sanctum.Daemon.Proxy.BaseUrls;

/// <summary>Where clients put what they take for an API key. The vault decides which of these places is the right one, and refuses the others.</summary>
internal static class TokenPlaces
{
    private const int LongestBasic = 512;

    private static readonly string[] KeyHeaders = ["Authorization", "X-Api-Key", "Api-Key", "X-Goog-Api-Key"];

    /// <summary>Every session token in a request's headers and URL, each once.</summary>
    public static IEnumerable<string> In(IHeaderDictionary headers, string rest) =>
        headers.SelectMany(header => header.Value.SelectMany(value => Texts(value ?? "")))
            .Concat(rest.Split('/', '?', '&', '=', ';'))
            .Where(text => text.StartsWith(ProxyRuns.SessionPrefix, StringComparison.Ordinal))
            .Distinct(StringComparer.Ordinal);

    /// <summary>Whether the client sends a key of whatever kind, so that it is no mere question whether one is needed.</summary>
    public static bool HasKey(IHeaderDictionary headers) => KeyHeaders.Any(name => headers[name].Count > 0);

    // Alone, behind a scheme, or on either side of Basic's pair.
    private static IEnumerable<string> Texts(string value)
    {
        yield return value;
        var space = value.IndexOf(' ', StringComparison.Ordinal);
        if (space < 0)
        {
            yield break;
        }

        var rest = value[(space + 1)..].Trim(' ');
        yield return rest;
        var bytes = new byte[LongestBasic];
        if (value.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase) && rest.Length <= LongestBasic && Convert.TryFromBase64String(rest, bytes, out var length))
        {
            foreach (var part in Encoding.Latin1.GetString(bytes, 0, length).Split(':', 2))
            {
                yield return part;
            }
        }
    }
}
