namespace Sanctum.Egress.Aws;

/// <summary>What a signature is good for, beside its day: a region such as <c>eu-central-1</c> and a service's signing name such as <c>dynamodb</c>.</summary>
internal sealed record AwsScope(string Region, string Service)
{
    private const int MaxWord = 64;

    /// <summary>Whether the service reads paths as S3 does: its keys may hold <c>//</c> and <c>..</c>, and escapes are not escaped again.</summary>
    public bool IsS3 => Service is "s3" or "s3-outposts" or "s3-object-lambda" or "s3express";

    /// <summary>Whether the service wants the body's hash in a header too: S3, and OpenSearch Serverless.</summary>
    public bool WantsBodyHash => IsS3 || Service == "aoss";

    /// <summary>A scope of an operator's words; null when they are none.</summary>
    public static AwsScope? Of(string region, string service) => IsWord(region) && IsWord(service) ? new AwsScope(region, service) : null;

    /// <summary>
    /// What AWS's own host names tell: <c>SERVICE.REGION.amazonaws.com</c>, with a bucket's or account's name before it, and
    /// <c>SERVICE.amazonaws.com</c> for what is signed for <c>us-east-1</c>. Null for any other name.
    /// </summary>
    public static AwsScope? OfHost(string host) => host.Split('.') switch
    {
        [.., var service, var region, "amazonaws", "com"] when IsRegion(region) => Of(region, service),
        [.., var service, var region, "amazonaws", "com", "cn"] when IsRegion(region) => Of(region, service),
        [var service, "amazonaws", "com"] => Of("us-east-1", service),
        _ => null,
    };

    // Such as eu-central-1 or us-gov-west-1.
    private static bool IsRegion(string label) => label.Count(letter => letter == '-') >= 2 && char.IsAsciiDigit(label[^1]) && IsWord(label);

    private static bool IsWord(string word) =>
        word.Length is > 0 and <= MaxWord && word.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '-');
}
