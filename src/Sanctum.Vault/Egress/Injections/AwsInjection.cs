namespace Sanctum.Egress.Injections;

/// <summary>Signs the request with AWS Signature Version 4.</summary>
internal sealed class AwsInjection(string? region, string? service) : Injection
{
    public const string TypeName = "aws_sigv4";

    public override string Type => TypeName;

    public override IReadOnlyList<string> HeaderNames => ["Authorization", "X-Amz-Date", "X-Amz-Security-Token", "X-Amz-Content-Sha256"];

    public static AwsInjection? TryMake(string rest) => rest.Length == 0 ? new AwsInjection(null, null) : null;

    public override void Apply(OutgoingRequest request, ReadOnlySpan<byte> secret, DateTimeOffset now) => throw new InvalidOperationException(region + service);
}
