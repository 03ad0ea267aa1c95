using Sanctum.Destinations;
namespace Sanctum.Egress.Injections;

/// <summary>The secret in place of <c>{secret}</c> in the path.</summary>
internal sealed class PathInjection : Injection
{
    public const string TypeName = "path";

    public override string Type => TypeName;

    public override bool IsInUrl => true;

    public override void Require(OutgoingRequest request)
    {
        if (request.Url.Path.Split(RequestUrl.Placeholder).Length != 2)
        {
            throw Errors.InvalidParams("url", $"'url' must have {RequestUrl.Placeholder} once in its path, where the vault puts the secret");
        }

        RequestUrl.RequireNoEscapeIntoPlaceholder(request.Url.Path);
    }

    public override bool TryTakePlaceholder(string placeholder, RequestTarget target, IReadOnlyList<KeyValuePair<string, string>> headers, out Placed without)
    {
        var path = target.Url.Path.Replace(placeholder, RequestUrl.Placeholder, StringComparison.Ordinal);
        without = new Placed(target with { Url = target.Url with { Path = path } }, headers);
        return target.Url.Path.Split(placeholder).Length == 2;
    }

    public override void RequireSuitable(ReadOnlySpan<byte> secret)
    {
        _ = Escape(secret);
        Searching.Require(secret);
    }

    public override void Apply(OutgoingRequest request, ReadOnlySpan<byte> secret, DateTimeOffset now)
    {
        request.Url = request.Url with { Path = request.Url.Path.Replace(RequestUrl.Placeholder, Escape(secret), StringComparison.Ordinal) };
        Searching.Add(request.Needles, secret);
    }

    // A secret of dots alone would be read as another path.
    private static string Escape(ReadOnlySpan<byte> secret) => QueryInjection.Escape(secret) is var escaped && escaped.Any(letter => letter != '.')
        ? escaped
        : throw Errors.UnsuitableSecret("this secret can't go in a path: it consists of dots", "store another secret");
}
