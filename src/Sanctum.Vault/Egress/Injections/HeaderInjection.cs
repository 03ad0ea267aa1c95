using System.Text;
using Sanctum.Credentials;
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

    public override void Apply(OutgoingRequest request, ReadOnlySpan<byte> secret, DateTimeOffset now)
    {
        var value = format.ValueOf(secret);
        if (!RequestHeaders.IsValue(value))
        {
            throw Errors.UnsuitableSecret(
                "this secret can't go into a header as it is: it has characters beyond ASCII, or begins or ends with a space",
                "store it without them, or with the header type basic, which encodes them");
        }

        request.Headers.Add(KeyValuePair.Create(format.Name, value));
        Searching.Add(request.Needles, secret);
        if (format.IsBase64)
        {
            // What went out is base64 of more than the secret, and the key in it may be sent back without the rest.
            Searching.Add(request.Needles, Encoding.ASCII.GetBytes(value[format.Prefix.Length..]));
            var key = format.HasOwnUser ? secret : BasicKey.Of(secret);
            if (key.Length < secret.Length)
            {
                Searching.Add(request.Needles, key);
            }
        }
    }
}
