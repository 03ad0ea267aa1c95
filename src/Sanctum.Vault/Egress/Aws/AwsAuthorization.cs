namespace Sanctum.Egress.Aws;

/// <summary>The header by which a client shows that it signed: <c>AWS4-HMAC-SHA256 Credential=ID/DATE/REGION/SERVICE/aws4_request, SignedHeaders=…, Signature=…</c>.</summary>
internal static class AwsAuthorization
{
    private const string Algorithm = "AWS4-HMAC-SHA256 ";
    private const string Credential = "Credential=";
    private const string ScopeEnd = "aws4_request";

    /// <summary>Whether it says that the access key with this id signed, and no other.</summary>
    public static bool IsBy(string authorization, string id) =>
        authorization.StartsWith(Algorithm, StringComparison.Ordinal)
        && authorization[Algorithm.Length..].Split(',', StringSplitOptions.TrimEntries).Where(part => part.StartsWith(Credential, StringComparison.Ordinal)).ToArray() is [var only]
        && only[Credential.Length..].Split('/') is [var named, _, _, _, ScopeEnd]
        && named.Equals(id, StringComparison.Ordinal);
}
