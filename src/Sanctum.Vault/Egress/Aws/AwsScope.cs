namespace Sanctum.Egress.Aws;

/// <summary>What a signature is good for, beside its day: a region such as <c>eu-central-1</c> and a service's signing name such as <c>dynamodb</c>.</summary>
internal sealed record AwsScope(string Region, string Service)
{
    /// <summary>Whether the service reads paths as S3 does: its keys may hold <c>//</c> and <c>..</c>, and escapes are not escaped again.</summary>
    public bool IsS3 => Service is "s3" or "s3-outposts" or "s3-object-lambda" or "s3express";

    /// <summary>Whether the service wants the body's hash in a header too: S3, and OpenSearch Serverless.</summary>
    public bool WantsBodyHash => IsS3 || Service == "aoss";
}
