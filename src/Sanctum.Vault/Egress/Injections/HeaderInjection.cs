using System.Text;
using Sanctum.Credentials;
using Sanctum.Destinations;
using Sanctum.Egress.Scrubbing;
using Sanctum.Operations;

namespace Sanctum.Egress.Injections;

/// <summary>The secret in a header.</summary>
internal sealed class HeaderInjection(HeaderFormat format) : Injection
{
    public override string Type => format.Type;

    public override IReadOnlyList<string> HeaderNames { get; } = [format.Name];

    public override void Require(OutgoingRequest request)
    {
        base.Require(request);
        if (RequestHeaders.IsForbidden(format.Name))
        {
            throw Errors.InvalidParams("header_name", $"the secret can't go into {format.Name}");
        }
    }

    public override void RequireSuitable(ReadOnlySpan<byte> secret) => Search(null, secret, ValueOf(secret));

    public override void Apply(OutgoingRequest request, ReadOnlySpan<byte> secret, DateTimeOffset now)
    {
        var value = ValueOf(secret);
        request.Headers.Add(KeyValuePair.Create(format.Name, value));
        Search(request.Needles, secret, value);
    }

    // Clients write the scheme before it in their own ways (Bearer, token, bearer), and put a key on either side of Basic's colon.
    public override bool TryTakePlaceholder(string placeholder, RequestTarget target, IReadOnlyList<KeyValuePair<string, string>> headers, out Placed without)
    {
        var at = headers.Index().Where(header => header.Item.Key.Equals(format.Name, StringComparison.OrdinalIgnoreCase) && StandsIn(header.Item.Value, placeholder)).Select(header => header.Index).ToList();
        without = new Placed(target, [.. headers.Where((_, index) => !at.Contains(index))]);
        return at.Count == 1;
    }

    /// <summary>Whether a header's value is a text, alone or after a scheme, or one side of Basic's pair.</summary>
    public static bool StandsIn(string value, string placeholder)
    {
        var space = value.IndexOf(' ', StringComparison.Ordinal);
        var (scheme, rest) = space < 0 ? ("", value) : (value[..space], value[(space + 1)..]);
        if (!scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase))
        {
            return rest.Equals(placeholder, StringComparison.Ordinal);
        }

        var bytes = new byte[rest.Length];
        if (!Convert.TryFromBase64String(rest, bytes, out var length))
        {
            return false;
        }

        var pair = Encoding.Latin1.GetString(bytes, 0, length);
        var colon = pair.IndexOf(':', StringComparison.Ordinal);
        return pair.Equals(placeholder, StringComparison.Ordinal)
            || (colon >= 0 && (pair[..colon].Equals(placeholder, StringComparison.Ordinal) || pair[(colon + 1)..].Equals(placeholder, StringComparison.Ordinal)));
    }

    private string ValueOf(ReadOnlySpan<byte> secret)
    {
        var value = format.ValueOf(secret);
        return RequestHeaders.IsValue(value)
            ? value
            : throw Errors.UnsuitableSecret(
                "this secret can't go in a header: it has non-ASCII characters, or begins or ends with a space",
                "store it without them, or with the header type basic, which encodes them");
    }

    /// <param name="needles">What is searched for; null only checks that it can be.</param>
    private void Search(Needles? needles, ReadOnlySpan<byte> secret, string value)
    {
        Add(secret);
        if (!format.IsBase64)
        {
            return;
        }

        // What went out is base64 of more than the secret, and the key in it may be sent back without the rest.
        Add(Encoding.ASCII.GetBytes(value[format.Prefix.Length..]));
        var key = format.HasOwnUser ? secret : BasicKey.Of(secret);
        if (key.Length < secret.Length)
        {
            Add(key);
        }

        void Add(ReadOnlySpan<byte> part)
        {
            if (needles is null)
            {
                Searching.Require(part);
            }
            else
            {
                Searching.Add(needles, part);
            }
        }
    }
}
