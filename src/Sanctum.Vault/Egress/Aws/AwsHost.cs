namespace Sanctum.Egress.Aws;

/// <summary>
/// Reads what a host of AWS's says about region and service:
/// <code>
/// [NAME.]SERVICE[-fips][.dualstack].REGION.SUFFIX     bedrock-runtime.us-east-1.amazonaws.com, BUCKET.s3.dualstack.eu-west-1.amazonaws.com
/// [NAME.]vpce-ID.SERVICE.REGION.vpce.SUFFIX           a private endpoint
/// NAME.REGION.SERVICE.SUFFIX                          search-x.eu-west-1.es.amazonaws.com
/// [NAME.]s3-REGION.SUFFIX                             S3's first hosts
/// SERVICE[.global].SUFFIX                             what is everywhere is signed for one region of its partition
/// </code>
/// </summary>
internal static class AwsHost
{
    // A partition's suffixes, and the region that it signs for where the host names none. The longer before those that they end in.
    private static readonly (string Suffix, string Region)[] Partitions =
    [
        (".api.amazonwebservices.com.cn", "cn-northwest-1"), (".amazonaws.com.cn", "cn-northwest-1"), (".on.amazonwebservices.com.cn", "cn-northwest-1"),
        (".amazonaws.com", "us-east-1"), (".api.aws", "us-east-1"), (".on.aws", "us-east-1"),
        (".amazonaws.eu", "eusc-de-east-1"), (".api.amazonwebservices.eu", "eusc-de-east-1"), (".on.amazonwebservices.eu", "eusc-de-east-1"),
        (".api.aws.hci.ic.gov", "us-isof-south-1"), (".csp.hci.ic.gov", "us-isof-south-1"), (".api.aws.ic.gov", "us-iso-east-1"), (".c2s.ic.gov", "us-iso-east-1"),
        (".api.aws.scloud", "us-isob-east-1"), (".sc2s.sgov.gov", "us-isob-east-1"), (".api.cloud-aws.adc-e.uk", "eu-isoe-west-1"), (".cloud.adc-e.uk", "eu-isoe-west-1"),
    ];

    // Services whose name stands after the region.
    private static readonly (string Word, string Service)[] AfterRegion =
        [("es", "es"), ("aoss", "aoss"), ("cloudsearch", "cloudsearch"), ("neptune", "neptune-db"), ("queue", "sqs"), ("elasticmapreduce", "elasticmapreduce")];

    // Signed for another region than the partition's first, where the host names none.
    private static readonly (string Suffix, string Service, string Region)[] Elsewhere =
    [
        (".amazonaws.com.cn", "iam", "cn-north-1"), (".api.amazonwebservices.com.cn", "iam", "cn-north-1"), (".amazonaws.com.cn", "s3", "cn-north-1"), (".amazonaws.com.cn", "sts", "cn-north-1"),
        (".amazonaws.com", "globalaccelerator", "us-west-2"),
    ];

    /// <summary>What to sign for; null when the name does not tell.</summary>
    public static AwsScope? ScopeOf(string host)
    {
        foreach (var (suffix, first) in Partitions)
        {
            if (host.EndsWith(suffix, StringComparison.Ordinal))
            {
                // What makes another host of the same service has no say.
                var words = host[..^suffix.Length].Split('.').Where(word => word is not ("dualstack" or "fips" or "vpce")).Select(WithoutFips).ToArray();
                return words.Length == 0 ? null : ScopeOf(words, suffix, first);
            }
        }

        return null;
    }

    private static AwsScope? ScopeOf(string[] words, string suffix, string first) => words switch
    {
        [.., var last] when OldS3Region(last) is { } region => new AwsScope(region, "s3"),
        [.., var express, var region] when IsRegion(region) && IsExpress(express) => new AwsScope(region, "s3express"),
        // Signed for its partition's first region, although the host names another.
        ["api", "sustainability", var region] when IsRegion(region) && suffix == ".api.aws" => new AwsScope(first, "sustainability"),
        [.. var before, var region] when IsRegion(region) => Scope(region, AwsSigningNames.Find(before)),
        [.., var region, var after] when IsRegion(region) => Scope(region, Array.Find(AfterRegion, it => it.Word == after).Service),
        [.. var before, "us-gov"] => Scope("us-gov-west-1", AwsSigningNames.Find(before)),
        [.. var before, "global"] => OfEverywhere(suffix, first, AwsSigningNames.Find(before)),

        // Here GovCloud has hosts without a region, and the others of its suffix have 'global' in theirs: without a word, it could be either.
        _ when suffix == ".api.aws" => null,
        _ => OfEverywhere(suffix, first, AwsSigningNames.Find(words)),
    };

    private static AwsScope? OfEverywhere(string suffix, string first, string? service) =>
        Scope(Array.Find(Elsewhere, it => it.Suffix == suffix && it.Service == service).Region ?? first, service);

    private static AwsScope? Scope(string region, string? service) => service is null ? null : new AwsScope(region, service);

    private static string WithoutFips(string word) => word.EndsWith("-fips", StringComparison.Ordinal) ? word[..^"-fips".Length] : word;

    // s3-eu-west-1, s3-fips-us-gov-west-1, s3-external-1.
    private static string? OldS3Region(string word)
    {
        var region = word.StartsWith("s3-fips-", StringComparison.Ordinal) ? word["s3-fips-".Length..] : word.StartsWith("s3-", StringComparison.Ordinal) ? word["s3-".Length..] : "";
        return region == "external-1" ? "us-east-1" : IsRegion(region) ? region : null;
    }

    // s3express-control, and s3express-use1-az4 for one zone.
    private static bool IsExpress(string word) => word.StartsWith("s3express-", StringComparison.Ordinal);

    // eu-central-1, us-gov-west-1, eusc-de-east-1.
    private static bool IsRegion(string word) =>
        word.Split('-') is [{ Length: 2 } or "eusc", .. { Length: >= 1 } middle, { Length: 1 or 2 } number]
        && number.All(char.IsAsciiDigit) && middle.All(part => part.Length > 0 && part.All(char.IsAsciiLetterLower));
}
