using System.Globalization;
using System.Text;
using System.Text.Json;
using Sanctum.Egress.Aws;
using Sanctum.Tests.Fixture;

namespace Sanctum.Tests.Egress.Aws;

/// <summary>One case of test/vectors/aws-sigv4.json: a request, and what others make of it.</summary>
internal sealed record AwsVector(JsonElement Json)
{
    public string Credential => Text("credential");

    public AwsScope Scope => new(Text("region"), Text("service"));

    public DateTimeOffset Time => DateTimeOffset.Parse(Text("time"), CultureInfo.InvariantCulture);

    public AwsRequest Request => new()
    {
        Method = Text("method"),
        Host = Text("host"),
        Path = Text("path"),
        Query = Text("query"),
        Headers = [.. Json.GetProperty("headers").EnumerateArray().Select(pair => KeyValuePair.Create(pair[0].GetString()!, pair[1].GetString()!))],
        Body = Encoding.UTF8.GetBytes(Text("body")),
    };

    public string CanonicalRequestHash => Text("canonical_request_sha256");

    public string Signature => Text("signature");

    public static AwsVector Named(string section, string name) =>
        new(Assert.Single(Vectors.Load("aws-sigv4.json", section), vector => vector.GetProperty("name").GetString() == name));

    public AwsSignature Sign(AwsRequest? instead = null)
    {
        using var credential = AwsCredential.Parse(Encoding.UTF8.GetBytes(Credential));
        return AwsSigner.Sign(credential, Scope, Time, instead ?? Request);
    }

    private string Text(string member) => Json.GetProperty(member).GetString()!;
}
