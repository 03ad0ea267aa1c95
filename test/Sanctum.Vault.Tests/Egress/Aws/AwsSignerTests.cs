using System.Security.Cryptography;
using System.Text;
using CsCheck;
using Sanctum.Egress.Aws;
using Sanctum.Tests.Fixture;

namespace Sanctum.Tests.Egress.Aws;

public sealed class AwsSignerTests
{
    private const string Token = "IQoJb3JpZ2luX2VjEXAMPLE//canary==";

    private static readonly string[] AddedByName = ["X-Amz-Content-Sha256", "X-Amz-Date", "X-Amz-Security-Token"];

    private static readonly AwsVector Vanilla = AwsVector.Named("suite", "get-vanilla");

    public static TheoryData<string, string> All => new(
        from section in new[] { "suite", "s3", "botocore" }
        from vector in Vectors.Load("aws-sigv4.json", section)
        select (section, vector.GetProperty("name").GetString()!));

    [Theory]
    [MemberData(nameof(All))]
    public void A_request_has_the_signature_that_others_give_it(string section, string name)
    {
        var vector = AwsVector.Named(section, name);
        var signed = vector.Sign();
        var added = signed.Headers.Where(header => header.Key != "Authorization");
        var bodyHash = Convert.ToHexStringLower(SHA256.HashData(vector.Request.Body.Span));
        var canonical = CanonicalRequest.Of(vector.Request, added, vector.Scope, bodyHash);
        Assert.Equal(vector.CanonicalRequestHash, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical.Text))));
        Assert.Equal(vector.Signature, signed.Signature);
        Assert.EndsWith($", SignedHeaders={canonical.SignedHeaders}, Signature={vector.Signature}", Authorization(signed), StringComparison.Ordinal);
    }

    [Fact]
    public void The_authorization_says_who_signs_for_what_and_when()
    {
        var headers = Vanilla.Sign().Headers;
        Assert.Equal(["X-Amz-Date", "Authorization"], headers.Select(header => header.Key));
        Assert.Equal("20150830T123600Z", headers[0].Value);
        Assert.Equal(
            $"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature={Vanilla.Signature}",
            headers[1].Value);
    }

    [Theory]
    [InlineData("service", null, "X-Amz-Date")]
    [InlineData("service", Token, "X-Amz-Date,X-Amz-Security-Token")]
    [InlineData("s3", null, "X-Amz-Content-Sha256,X-Amz-Date")]
    [InlineData("s3", Token, "X-Amz-Content-Sha256,X-Amz-Date,X-Amz-Security-Token")]
    [InlineData("aoss", null, "X-Amz-Content-Sha256,X-Amz-Date")]
    [InlineData("s3express", null, "X-Amz-Content-Sha256,X-Amz-Date")]
    [InlineData("s3-outposts", null, "X-Amz-Content-Sha256,X-Amz-Date")]
    [InlineData("s3-object-lambda", null, "X-Amz-Content-Sha256,X-Amz-Date")]
    [InlineData("s3tables", null, "X-Amz-Date")]
    public void What_is_added_is_signed_too(string service, string? token, string added)
    {
        var body = "body"u8.ToArray();
        var signed = Sign(token is null ? "AKID:secret" : $"AKID:secret:{token}", service, Vanilla.Request with { Body = body });
        var values = signed.Headers.ToDictionary(StringComparer.Ordinal);
        Assert.Equal(added, string.Join(',', values.Keys.Intersect(AddedByName).Order(StringComparer.Ordinal)));
        Assert.Contains($"SignedHeaders=host;{added.ToLowerInvariant().Replace(',', ';')},", Authorization(signed), StringComparison.Ordinal);
        Assert.Equal(token, values.GetValueOrDefault("X-Amz-Security-Token"));
        Assert.True(!values.TryGetValue("X-Amz-Content-Sha256", out var hash) || hash == Convert.ToHexStringLower(SHA256.HashData(body)));
    }

    [Fact]
    public void The_time_is_written_in_utc_whatever_its_offset()
    {
        using var credential = AwsCredential.Parse(Encoding.UTF8.GetBytes(Vanilla.Credential));
        var elsewhere = Vanilla.Time.ToOffset(TimeSpan.FromHours(14));
        Assert.Equal(Vanilla.Signature, AwsSigner.Sign(credential, Vanilla.Scope, elsewhere, Vanilla.Request).Signature);
    }

    [Fact]
    public void Any_change_to_what_is_sent_makes_another_signature()
    {
        var request = new AwsRequest
        {
            Method = "POST",
            Host = "h.example",
            Path = "/a/b",
            Query = "?c=d",
            Headers = [KeyValuePair.Create("X-One", "1")],
            Body = "body"u8.ToArray(),
        };
        AwsRequest[] changed =
        [
            request,
            request with { Method = "PUT" },
            request with { Host = "h.example:8443" },
            request with { Path = "/a/B" },
            request with { Path = "/a%2Fb" },
            request with { Query = "?c=D" },
            request with { Query = "?C=d" },
            request with { Query = "" },
            request with { Headers = [] },
            request with { Headers = [KeyValuePair.Create("X-One", "2")] },
            request with { Headers = [KeyValuePair.Create("X-Two", "1")] },
            request with { Headers = [.. request.Headers, .. request.Headers] },
            request with { Body = "Body"u8.ToArray() },
        ];
        Assert.Equal(changed.Length, changed.Select(each => Sign("AKID:secret", "service", each).Signature).Distinct().Count());
        Assert.NotEqual(Sign("AKID:secret", "service", request).Signature, Sign("AKID:Secret", "service", request).Signature);
        Assert.NotEqual(Sign("AKID:secret", "service", request).Signature, Sign("AKID:secret", "service2", request).Signature);
    }

    [Fact]
    public void The_order_of_headers_and_of_the_querys_members_makes_no_difference()
    {
        var names = Gen.String[Gen.Char['a', 'e'], 1, 4];
        Gen.Select(Gen.Select(names, Gen.String.AlphaNumeric).Array[0, 6], Gen.Select(names, Gen.String.AlphaNumeric).Array[0, 6], Gen.Int)
            .Sample((headers, members, seed) =>
            {
                var distinct = headers.DistinctBy(header => header.Item1).ToArray();
                Assert.Equal(Of(distinct, members), Of(Shuffled(distinct, seed), Shuffled(members, seed)));
            });

        static string Of((string, string)[] headers, (string, string)[] members) => Sign("AKID:secret", "service", Vanilla.Request with
        {
            Headers = [.. headers.Select(header => KeyValuePair.Create(header.Item1, header.Item2))],
            Query = members.Length == 0 ? "" : $"?{string.Join('&', members.Select(member => $"{member.Item1}={member.Item2}"))}",
        }).Signature;

        static (string, string)[] Shuffled((string, string)[] items, int seed) =>
            [.. items.Select((item, index) => (item, key: HashCode.Combine(seed, index))).OrderBy(pair => pair.key).Select(pair => pair.item)];
    }

    [Fact]
    public void Nothing_prints_the_signature_or_the_token()
    {
        var signed = Sign($"AKID:secret:{Token}", "service", Vanilla.Request);
        Assert.DoesNotContain(signed.Signature, signed.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("canary", signed.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("canary", CanonicalRequest.Of(Vanilla.Request, signed.Headers, Vanilla.Scope, "").ToString(), StringComparison.Ordinal);
    }

    private static AwsSignature Sign(string secret, string service, AwsRequest request)
    {
        using var credential = AwsCredential.Parse(Encoding.UTF8.GetBytes(secret));
        return AwsSigner.Sign(credential, new AwsScope("us-east-1", service), Vanilla.Time, request);
    }

    private static string Authorization(AwsSignature signed) => Assert.Single(signed.Headers, header => header.Key == "Authorization").Value;
}
