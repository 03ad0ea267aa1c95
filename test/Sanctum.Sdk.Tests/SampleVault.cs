namespace Sanctum.Sdk.Tests;

/// <summary>A vault with the credentials that <c>samples/Sanctum.Sample.Sdks</c> uses.</summary>
public sealed class SampleVault : SdkVault
{
    protected override IEnumerable<(string Path, string Secret, string HeaderType)> Credentials =>
    [
        ("openai/api_key", Secret, "bearer"), ("anthropic/api_key", Secret, "custom:X-Api-Key"), ("azure/openai", Secret, "custom:Api-Key"), ("azure/events", Secret, "custom:aeg-sas-key"),
        ("github/token", Secret, "bearer"), ("stripe/api_key", Secret, "bearer"), ("example/token", Secret, "bearer"), ("aws/s3", AwsSecret, "aws_sigv4:us-east-1/s3"), ("aws/sqs", AwsSecret, "aws_sigv4:us-east-1/sqs"),
    ];
}
