using System.Text;
using System.Text.Unicode;
using Sanctum.Destinations;

namespace Sanctum.Egress.Injections;

/// <summary>The secret as a member of the query: <c>?NAME=secret</c>.</summary>
internal sealed class QueryInjection : Injection
{
    private const int MaxName = 64;

    private readonly string _name;

    private QueryInjection(string name) => _name = name;

    public override string Type => "query";

    public override bool IsInUrl => true;

    /// <summary>Null when it is no name: letters, digits, '_', '-' and '.'.</summary>
    public static QueryInjection? TryMake(string name) =>
        name.Length is > 0 and <= MaxName && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-' or '.') ? new QueryInjection(name) : null;

    public override void Require(OutgoingRequest request)
    {
        base.Require(request);

        // Which of two a server takes is its own business; there is only ever one.
        var own = HeaderWords.AsVariable(_name);
        if (request.Url.QueryMembers().Any(member => HeaderWords.AsVariable(member.Key).Equals(own, StringComparison.Ordinal)))
        {
            throw Errors.InvalidParams("url", $"'url' has {_name} in its query, where the vault puts the secret: leave it out");
        }
    }

    public override bool TryTakePlaceholder(string placeholder, RequestTarget target, IReadOnlyList<KeyValuePair<string, string>> headers, out Placed without)
    {
        var members = target.Url.Query.TrimStart('?').Split('&');
        var rest = members.Where(member => !member.Equals($"{_name}={placeholder}", StringComparison.Ordinal)).ToArray();
        var query = rest.Length == 0 ? "" : "?" + string.Join('&', rest);
        without = new Placed(target with { Url = target.Url with { Query = query } }, headers);
        return rest.Length == members.Length - 1;
    }

    public override void RequireSuitable(ReadOnlySpan<byte> secret)
    {
        _ = Escape(secret);
        Searching.Require(secret);
    }

    public override void Apply(OutgoingRequest request, ReadOnlySpan<byte> secret, DateTimeOffset now)
    {
        // A '?' begins a query once; any other is a character of the value that it stands in, to which the secret would be added.
        var query = request.Url.Query;
        var separator = query.Length == 0 ? "?" : query is "?" || query.EndsWith('&') ? "" : "&";
        request.Url = request.Url with { Query = $"{query}{separator}{_name}={Escape(secret)}" };
        Searching.Add(request.Needles, secret);
    }

    internal static string Escape(ReadOnlySpan<byte> secret) => Utf8.IsValid(secret)
        ? Uri.EscapeDataString(Encoding.UTF8.GetString(secret))
        : throw Errors.UnsuitableSecret("this secret can't go in a URL: it is not UTF-8 text", "store it as text");
}
