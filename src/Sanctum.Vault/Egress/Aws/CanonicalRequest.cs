using System.Text;

namespace Sanctum.Egress.Aws;

/// <summary>
/// The text that stands for a request when it is signed:
/// <code>
/// METHOD \n path \n query \n (name:value \n)* \n signed names, with ';' between them \n hash of the body
/// </code>
/// </summary>
/// <param name="Text">All of it. It has the session token in it, as the headers do.</param>
/// <param name="SignedHeaders">The signed names, which the service is told.</param>
internal sealed record CanonicalRequest(string Text, string SignedHeaders)
{
    /// <param name="added">the headers that signing adds, which are signed as well</param>
    /// <param name="bodyHash">lower-case hex of its SHA-256</param>
    public static CanonicalRequest Of(AwsRequest request, IEnumerable<KeyValuePair<string, string>> added, AwsScope scope, string bodyHash)
    {
        // Grouping keeps the order in which the values of a repeated name came: they are joined, not sorted.
        var headers = request.Headers.Concat(added).Append(KeyValuePair.Create("Host", request.Host))
            .GroupBy(header => header.Key.ToLowerInvariant(), header => Collapse(header.Value), StringComparer.Ordinal)
            .OrderBy(header => header.Key, StringComparer.Ordinal)
            .ToList();
        var text = new StringBuilder()
            .Append(request.Method).Append('\n')
            .Append(CanonicalUri.OfPath(request.Path, scope.IsS3)).Append('\n')
            .Append(CanonicalUri.OfQuery(request.Query)).Append('\n');
        foreach (var header in headers)
        {
            text.Append(header.Key).Append(':').AppendJoin(',', header).Append('\n');
        }

        var names = string.Join(';', headers.Select(header => header.Key));
        return new CanonicalRequest(text.Append('\n').Append(names).Append('\n').Append(bodyHash).ToString(), names);
    }

    /// <summary>Says what it is, never the session token.</summary>
    public override string ToString() => nameof(CanonicalRequest);

    // No white space at the ends, one space for any run of it; also within quotes, and for a line break with what follows it.
    private static string Collapse(string value) =>
        string.Join(' ', value.Split([' ', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries));
}
