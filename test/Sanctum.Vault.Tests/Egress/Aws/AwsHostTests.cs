using System.Text.Json;
using Sanctum.Egress.Aws;
using Sanctum.Tests.Fixture;
using Sanctum.Upstream;

namespace Sanctum.Tests.Egress.Aws;

/// <summary>What a host's name says about the region and the service to sign for, as AWS's own SDKs have it.</summary>
public sealed class AwsHostTests : IAsyncLifetime
{
    private const string Key = "AKIDEXAMPLE:wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    private Outside _outside = null!;

    public async ValueTask InitializeAsync() => _outside = await Outside.CreateAsync();

    public ValueTask DisposeAsync() => _outside.DisposeAsync();

    [Theory]
    [InlineData("{0}.eu-west-1.amazonaws.com", "eu-west-1")]
    [InlineData("{0}-fips.us-east-2.amazonaws.com", "us-east-2")]
    [InlineData("fips.{0}.us-east-2.amazonaws.com", "us-east-2")]
    [InlineData("{0}-fips.us-gov-west-1.amazonaws.com", "us-gov-west-1")]
    [InlineData("{0}.dualstack.ap-southeast-5.amazonaws.com", "ap-southeast-5")]
    [InlineData("{0}.us-west-2.api.aws", "us-west-2")]
    [InlineData("{0}-fips.us-west-2.api.aws", "us-west-2")]
    [InlineData("{0}.cn-northwest-1.amazonaws.com.cn", "cn-northwest-1")]
    [InlineData("{0}.cn-north-1.api.amazonwebservices.com.cn", "cn-north-1")]
    [InlineData("{0}.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1")]
    [InlineData("{0}.us-iso-east-1.c2s.ic.gov", "us-iso-east-1")]
    [InlineData("vpce-0e25b8cdd720f900e-argc85vg.{0}.eu-west-1.vpce.amazonaws.com", "eu-west-1")]
    public void Every_published_prefix_is_signed_for_the_published_name(string form, string region)
    {
        var names = Published();
        Assert.InRange(names.Count, 400, 10_000);
        foreach (var (prefix, name) in names)
        {
            var host = string.Format(System.Globalization.CultureInfo.InvariantCulture, form, prefix);
            Assert.Equal((host, new AwsScope(region, name)), (host, AwsHost.ScopeOf(host)));
        }
    }

    [Fact]
    public void Every_host_that_aws_makes_of_its_rules_is_signed_as_they_say()
    {
        List<string> wrong = [];
        foreach (var line in Vectors.Load("aws-hosts.json", "hosts").Select(line => line.GetString()!))
        {
            var parts = line.Split(' ');
            if (AwsHost.ScopeOf(parts[0]) != new AwsScope(parts[1], parts[2]))
            {
                wrong.Add($"{line}: {AwsHost.ScopeOf(parts[0])}");
            }
        }

        Assert.Empty(wrong);
    }

    [Theory]
    [InlineData("s3.amazonaws.com", "us-east-1", "s3")]
    [InlineData("my.dotted.bucket.s3.amazonaws.com", "us-east-1", "s3")]
    [InlineData("s3-eu-west-1.amazonaws.com", "eu-west-1", "s3")]
    [InlineData("bucket.s3-ap-northeast-1.amazonaws.com", "ap-northeast-1", "s3")]
    [InlineData("s3-fips-us-gov-west-1.amazonaws.com", "us-gov-west-1", "s3")]
    [InlineData("s3-external-1.amazonaws.com", "us-east-1", "s3")]
    [InlineData("bucket.s3.dualstack.us-east-2.amazonaws.com", "us-east-2", "s3")]
    [InlineData("bucket.s3-fips.dualstack.us-east-2.amazonaws.com", "us-east-2", "s3")]
    [InlineData("name-fips.s3.us-east-2.amazonaws.com", "us-east-2", "s3")]
    [InlineData("s3express.s3.us-east-2.amazonaws.com", "us-east-2", "s3")]
    [InlineData("bucket.vpce-1a2b3c4d-5e6f.s3.us-east-1.vpce.amazonaws.com", "us-east-1", "s3")]
    [InlineData("123456789012.s3-control-fips.dualstack.us-east-1.amazonaws.com", "us-east-1", "s3")]
    [InlineData("abc123.execute-api.eu-central-1.amazonaws.com", "eu-central-1", "execute-api")]
    [InlineData("abc123.lambda-url.eu-central-1.on.aws", "eu-central-1", "lambda")]
    [InlineData("service-0123.7d67968.vpc-lattice-svcs.us-west-2.on.aws", "us-west-2", "vpc-lattice-svcs")]
    [InlineData("a1b2c3-ats.iot.us-east-1.amazonaws.com", "us-east-1", "iotdata")]
    [InlineData("iot.us-east-1.amazonaws.com", "us-east-1", "iot")]
    [InlineData("search-logs-abc.eu-west-1.es.amazonaws.com", "eu-west-1", "es")]
    [InlineData("abc.eu-west-1.aoss.amazonaws.com", "eu-west-1", "aoss")]
    [InlineData("eu-west-1.queue.amazonaws.com", "eu-west-1", "sqs")]
    [InlineData("sync-states.us-east-1.amazonaws.com", "us-east-1", "states")]
    [InlineData("sts.amazonaws.com", "us-east-1", "sts")]
    [InlineData("iam.amazonaws.com", "us-east-1", "iam")]
    [InlineData("iam.us-gov.amazonaws.com", "us-gov-west-1", "iam")]
    [InlineData("route53.amazonaws.com", "us-east-1", "route53")]
    [InlineData("globalaccelerator.amazonaws.com", "us-west-2", "globalaccelerator")]
    [InlineData("iam.cn-north-1.amazonaws.com.cn", "cn-north-1", "iam")]
    public void Other_hosts_of_the_services_are_known(string host, string region, string service) =>
        Assert.Equal(new AwsScope(region, service), AwsHost.ScopeOf(host));

    [Theory]
    [InlineData("api.example.test")]
    [InlineData("amazonaws.com")]
    [InlineData("us-east-1.amazonaws.com")]
    [InlineData("unheard-of.us-east-1.amazonaws.com")]
    [InlineData("bucket.s3-accelerate.amazonaws.com")]
    [InlineData("bucket.s3-website-us-east-1.amazonaws.com")]
    [InlineData("bucket.s3-website.us-east-1.amazonaws.com")]
    [InlineData("name.mrap.accesspoint.s3-global.amazonaws.com")]
    [InlineData("maps.geo.eu-west-1.amazonaws.com")]
    [InlineData("cloudfront.api.aws")]
    [InlineData("routes.geo-fips.us-gov-west-1.api.aws")]
    [InlineData("s3.us-east-1.amazonaws.com.example.test")]
    [InlineData("s3.us-east-1.notamazonaws.com")]
    [InlineData("vpce-0e25-argc.vpce-svc-0123.us-east-1.vpce.amazonaws.com")]
    public async Task A_host_that_does_not_tell_is_refused_with_a_word_how_to_say_it(string host)
    {
        Assert.Null(AwsHost.ScopeOf(host));
        await _outside.StoreAsync(new() { Hosts = [host], HeaderType = "aws_sigv4" }, Key);
        var refused = await _outside.RefusedAsync(VaultErrorCode.UnsupportedOperation, new($"https://{host}/"));
        Assert.Contains("aws_sigv4:REGION/SERVICE", refused.Suggestion, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bedrock-runtime.us-east-1.amazonaws.com", "us-east-1/bedrock")]
    [InlineData("email-fips.us-gov-west-1.amazonaws.com", "us-gov-west-1/ses")]
    [InlineData("bucket.s3.dualstack.eu-west-1.amazonaws.com", "eu-west-1/s3")]
    [InlineData("api.ecr.cn-north-1.amazonaws.com.cn", "cn-north-1/ecr")]
    public async Task A_request_is_signed_for_what_its_host_tells_and_not_over_what_proxies_change(string host, string scope)
    {
        await using var upstream = await TestUpstream.StartAsync(new() { Authority = _outside.Authority, Names = [host] });
        await _outside.StoreAsync(new() { AllowedOrigins = [upstream.OriginAs(host)], HeaderType = "aws_sigv4" }, Key);
        await _outside.SendAsync(new($"{upstream.OriginAs(host)}/ok", "POST")
        {
            Headers =
            [
                ("Accept", "*/*"), ("Accept-Encoding", "gzip"), ("User-Agent", "aws-sdk/1"), ("X-Amzn-Trace-Id", "Root=1"), ("amz-sdk-request", "attempt=1"), ("traceparent", "00-1-2-01"), ("Cache-Control", "no-cache"),
                ("Content-Type", "application/json"), ("X-Amz-Target", "A.B"),
            ],
            Body = "{}",
        });
        var authorization = Assert.Single(upstream.Requests)["Authorization"]!;
        Assert.Contains($"/{scope}/aws4_request,", authorization, StringComparison.Ordinal);
        var signed = scope.EndsWith("/s3", StringComparison.Ordinal) ? "content-type;host;x-amz-content-sha256;x-amz-date;x-amz-target" : "content-type;host;x-amz-date;x-amz-target";
        Assert.Contains($" SignedHeaders={signed},", authorization, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_service_that_takes_no_signed_body_is_told_that_it_is_unsigned()
    {
        const string Host = "service-0123.7d67968.vpc-lattice-svcs.us-west-2.on.aws";
        await using var upstream = await TestUpstream.StartAsync(new() { Authority = _outside.Authority, Names = [Host] });
        await _outside.StoreAsync(new() { AllowedOrigins = [upstream.OriginAs(Host)], HeaderType = "aws_sigv4" }, Key);
        foreach (var body in (string[])["one", "two"])
        {
            await _outside.SendAsync(new($"{upstream.OriginAs(Host)}/ok", "POST") { Body = body });
        }

        Assert.All(upstream.Requests, request => Assert.Equal("UNSIGNED-PAYLOAD", request["X-Amz-Content-Sha256"]));

        // The clock stands still, so with the body in it the signatures would differ.
        Assert.Single(upstream.Requests.Select(request => request["Authorization"]).Distinct());
    }

    [Theory]
    [InlineData("aws_sigv4:us-east-1/IoTSecuredTunneling")]
    [InlineData("aws_sigv4:eu-central-1/execute-api")]
    public async Task The_operators_region_and_service_win(string headerType)
    {
        await using var upstream = await TestUpstream.StartAsync();
        await _outside.StoreAsync(new() { AllowedOrigins = [upstream.Origin], HeaderType = headerType }, Key);
        await _outside.GetAsync($"{upstream.Origin}/ok");
        Assert.Contains($"/{headerType.Split(':')[1]}/aws4_request,", Assert.Single(upstream.Requests)["Authorization"], StringComparison.Ordinal);
    }

    private static Dictionary<string, string> Published()
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Join(AppContext.BaseDirectory, "vectors", "aws-signing-names.json")));
        return document.RootElement.GetProperty("signing_names").EnumerateObject().ToDictionary(pair => pair.Name, pair => pair.Value.GetString()!, StringComparer.Ordinal);
    }
}
