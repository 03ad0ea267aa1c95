namespace Sanctum.Egress.Aws;

/// <summary>What a signature is good for, beside its day: a region such as <c>eu-central-1</c> and a service's signing name such as <c>dynamodb</c>.</summary>
internal sealed record AwsScope(string Region, string Service)
{
    private const int MaxWord = 64;

    /// <summary>Whether the service reads paths as S3 does: its keys may hold <c>//</c> and <c>..</c>, and escapes are not escaped again.</summary>
    public bool IsS3 => Service is "s3" or "s3-outposts" or "s3-object-lambda" or "s3express";

    /// <summary>Whether the service wants the body's hash in a header too: S3, OpenSearch Serverless and VPC Lattice.</summary>
    public bool WantsBodyHash => IsS3 || IsBodyUnsigned || Service == "aoss";

    /// <summary>Whether the service takes no signature over the body: VPC Lattice, whose guide says so.</summary>
    public bool IsBodyUnsigned => Service == "vpc-lattice-svcs";

    /// <summary>A scope of an operator's words; null when they are none.</summary>
    public static AwsScope? Of(string region, string service) => IsWord(region) && IsWord(service) ? new AwsScope(region, service) : null;

    // Of services, one has capitals: IoTSecuredTunneling.
    private static bool IsWord(string word) => word.Length is > 0 and <= MaxWord && word.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '-');
}
