using System.Text;
using Sanctum.Destinations;
using Sanctum.Egress.Aws;

namespace Sanctum.Egress.Injections;

/// <summary>
/// Signs the request with AWS Signature Version 4; the secret itself is not sent. Region and service are the operator's
/// (<c>aws_sigv4:REGION/SERVICE</c>), or else what the host's name tells.
/// </summary>
internal sealed class AwsInjection(AwsScope? scope) : Injection
{
    public const string TypeName = "aws_sigv4";

    public override string Type => TypeName;

    public override bool SignsBody => true;

    public override IReadOnlyList<string> HeaderNames { get; } = ["Authorization", "X-Amz-Date", "X-Amz-Security-Token", "X-Amz-Content-Sha256"];

    /// <param name="rest">What follows the type's name: nothing, or <c>:REGION/SERVICE</c>.</param>
    public static AwsInjection? TryMake(string rest) =>
        rest.Length == 0 ? new AwsInjection(null)
        : rest is [':', .. var words] && words.Split('/') is [var region, var service] && AwsScope.Of(region, service) is { } scope ? new AwsInjection(scope)
        : null;

    public override void Require(OutgoingRequest request)
    {
        base.Require(request);
        _ = ScopeOf(request);
    }

    /// <summary>
    /// A client that signs has the placeholder as its access key's id, and whatever it likes as the key. Its signature goes, with all that belongs to it: the
    /// vault makes another.
    /// </summary>
    /// <exception cref="VaultException">The body is in pieces that the client signed one by one; invalid params.</exception>
    public override bool TryTakePlaceholder(string placeholder, RequestTarget target, IReadOnlyList<KeyValuePair<string, string>> headers, out Placed without)
    {
        without = new Placed(target, [.. headers.Where(header => !HeaderNames.Contains(header.Key, StringComparer.OrdinalIgnoreCase))]);
        if (headers.Count(header => IsAuthorization(header.Key)) != 1 || !headers.Any(header => IsAuthorization(header.Key) && AwsAuthorization.IsBy(header.Value, placeholder)))
        {
            return false;
        }

        return headers.Any(header => header.Key.Equals("X-Amz-Content-Sha256", StringComparison.OrdinalIgnoreCase) && header.Value.StartsWith("STREAMING-", StringComparison.Ordinal))
            ? throw Errors.InvalidParams("headers", "the body is in pieces that the client signed (aws-chunked), and the vault signs it whole: set AWS_REQUEST_CHECKSUM_CALCULATION=when_required, or turn chunks off in the SDK")
            : true;

        static bool IsAuthorization(string name) => name.Equals("Authorization", StringComparison.OrdinalIgnoreCase);
    }

    public override void RequireSuitable(ReadOnlySpan<byte> secret)
    {
        using var credential = AwsCredential.Parse(secret);
        foreach (var part in credential.SecretParts)
        {
            Searching.Require(part.Span);
        }
    }

    public override void Apply(OutgoingRequest request, ReadOnlySpan<byte> secret, DateTimeOffset now)
    {
        using var credential = AwsCredential.Parse(secret);
        var signature = AwsSigner.Sign(credential, ScopeOf(request), now, new AwsRequest
        {
            Method = request.Target.Method,
            Host = request.Url.Origin.Authority,
            Path = request.Url.Path,
            Query = request.Url.Query,
            Headers = [.. request.Headers.Where(header => AwsSignedHeaders.Contains(header.Key))],
            Body = request.Body,
        });
        request.Headers.AddRange(signature.Headers);
        foreach (var part in credential.SecretParts)
        {
            Searching.Add(request.Needles, part.Span);
        }

        // Good for this one request for some minutes: whoever has it can send the same again.
        Searching.Add(request.Needles, Encoding.ASCII.GetBytes(signature.Signature), once: true);
    }

    private AwsScope ScopeOf(OutgoingRequest request) => scope ?? AwsHost.ScopeOf(request.Url.Origin.Host) ?? throw Errors.UnsuitableSecret(
        "this host name does not show the region and service to sign for",
        "ask the operator to store it with --header-type aws_sigv4:REGION/SERVICE, such as aws_sigv4:eu-central-1/execute-api");
}
