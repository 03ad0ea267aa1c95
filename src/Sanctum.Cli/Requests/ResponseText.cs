using System.Globalization;
using System.Text;
using System.Text.Unicode;
using Sanctum.Cli.Output;

namespace Sanctum.Cli.Requests;

/// <summary>A response as it is shown.</summary>
internal static class ResponseText
{
    /// <summary>Status line and headers, as curl's <c>-i</c> shows them.</summary>
    public static byte[] Head(HttpResponseMessage response)
    {
        var head = new StringBuilder();
        head.Append(string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 {(int)response.StatusCode} {response.ReasonPhrase}").TrimEnd()).Append("\r\n");
        foreach (var (name, values) in Headers(response))
        {
            foreach (var value in values)
            {
                head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
            }
        }

        return Encoding.UTF8.GetBytes(head.Append("\r\n").ToString());
    }

    /// <summary>All of it, for <c>--json</c>.</summary>
    public static ResponseDocument Document(HttpResponseMessage response, byte[] body) => new(
        (int)response.StatusCode,
        Headers(response).ToDictionary(it => it.Name, it => string.Join(", ", it.Values), StringComparer.Ordinal),
        Utf8.IsValid(body) ? Encoding.UTF8.GetString(body) : null,
        Utf8.IsValid(body) ? null : Convert.ToBase64String(body));

    private static IEnumerable<(string Name, IEnumerable<string> Values)> Headers(HttpResponseMessage response) =>
        from header in response.Headers.NonValidated.Concat(response.Content.Headers.NonValidated) select (header.Key.ToLowerInvariant(), (IEnumerable<string>)header.Value);
}
