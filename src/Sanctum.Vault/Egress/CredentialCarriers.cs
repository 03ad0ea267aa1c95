using System.Collections.Frozen;

namespace Sanctum.Egress;

/// <summary>
/// Which headers and query parameters carry credentials. A secret goes where a server looks for one and not where it keeps data, and no other
/// credential goes beside it: otherwise an agent has the secret stored as data in an account of its own, and reads it there.
/// docs/requests.md has these rules in words.
/// </summary>
internal static class CredentialCarriers
{
    private static readonly FrozenSet<string> WrittenOut = FrozenSet.Create(
        StringComparer.Ordinal,
        "authorization", "api-key", "apikey", "token", "auth-token", "access-token", "x-api-key", "x-apikey", "x-auth", "x-auth-key", "x-auth-token", "x-access-token",
        "x-token", "x-session-token", "private-token", "job-token", "deploy-token", "dd-api-key", "dd-application-key", "fastly-key", "circle-token",
        "ocp-apim-subscription-key", "x-subscription-token", "x-functions-key", "x-goog-api-key", "x-amz-access-token", "x-amz-security-token",
        "xi-api-key", "x-rapidapi-key", "x-shopify-access-token", "x-postmark-server-token", "x-postmark-account-token", "x-vault-token", "x-consul-token", "x-figma-token",
        "x-cg-pro-api-key", "x-cg-demo-api-key", "x-honeycomb-team", "x-license-key", "x-insert-key", "x-query-key", "x-client-secret");

    // A name of these ends in what it carries: X-Acme-Api-Key, Acme-Token.
    private static readonly string[] Endings = ["-api-key", "-apikey", "-auth-key", "-auth-token", "-access-token", "-access-key", "-api-token", "-key", "-secret", "-token", "-auth", "-password"];

    // ... and has nothing in it that says that it is about data: metadata of stored objects, pages, encryption, forms.
    private static readonly FrozenSet<string> AboutData = FrozenSet.Create(
        StringComparer.Ordinal,
        "meta", "metadata", "info", "tag", "tags", "tagging", "property", "attribute", "label", "custom", "data", "object", "container", "account", "bucket", "blob", "file",
        "amz", "goog", "ms", "oss", "cos", "obs", "opc", "rgw", "bz", "archive", "sec", "encryption", "customer", "copy", "source", "idempotency", "idempotent", "request", "csrf",
        "xsrf", "continuation", "page", "next", "sync", "cursor", "resume", "cache", "surrogate", "partition", "routing", "device", "push", "webhook", "callback", "client", "log",
        "trace", "correlation", "debug", "message", "notification", "title", "subject", "description", "comment", "note", "content", "reply",
        "sort", "shard", "primary", "row", "group", "dedup", "deduplication", "index", "lookup", "order", "event", "public", "kms", "temp");

    private static readonly FrozenSet<string> Words = FrozenSet.Create(
        StringComparer.Ordinal,
        "auth", "oauth", "authorization", "authentication", "token", "tokens", "key", "keys", "apikey", "secret", "password", "passwd", "passphrase", "credential", "credentials",
        "cookie", "cookie2", "session", "sessionid", "sid", "jwt", "bearer", "signature");

    private static readonly string[] Parts = ["token", "apikey", "secret", "passw", "authoriz", "credential", "cookie"];

    // They end in such words, and carry none.
    private static readonly FrozenSet<string> Innocent = FrozenSet.Create(
        StringComparer.Ordinal,
        "idempotency-key", "x-idempotency-key", "x-csrf-token", "x-xsrf-token", "csrf-token", "x-csrftoken", "x-wp-nonce", "surrogate-key", "cache-key", "x-cache-key",
        "sec-websocket-key", "x-request-key", "x-amz-server-side-encryption-customer-key", "x-amz-server-side-encryption-customer-key-md5", "x-amz-server-side-encryption-aws-kms-key-id",
        "x-goog-encryption-key", "x-goog-encryption-key-sha256", "x-ms-encryption-key", "x-ms-encryption-key-sha256", "x-ms-continuation-token", "x-ms-documentdb-partitionkey",
        "want-content-digest", "npm-auth-type", "npm-session");

    // Read by servers whatever else a request carries.
    private static readonly FrozenSet<string> Parameters = FrozenSet.Create(
        StringComparer.Ordinal,
        "access-token", "accesstoken", "api-key", "apikey", "api-token", "auth-token", "authtoken", "authorization", "private-token", "personal-access-token", "job-token",
        "oauth-token", "oauth-signature", "oauth-consumer-key", "id-token", "jwt", "client-secret", "client-assertion", "password", "passwd", "sessionid", "session-id",
        "session-token", "x-api-key", "x-auth-token", "subscription-key", "x-amz-credential", "x-amz-signature", "x-amz-security-token", "awsaccesskeyid", "x-goog-credential",
        "x-goog-signature", "googleaccessid", "x-oss-credential", "x-oss-signature", "x-cos-security-token", "ossaccesskeyid");

    // Words of many meanings, which are credentials where a URL carries one.
    private static readonly FrozenSet<string> ParametersOfUrls = FrozenSet.Create(
        StringComparer.Ordinal, "key", "token", "auth", "secret", "pass", "pwd", "sid", "sig", "signature", "session", "appid", "app-id", "app-key", "appkey", "username", "user");

    /// <summary>Whether a call may choose this header for the secret.</summary>
    public static bool MayBeChosen(string header)
    {
        var name = HeaderWords.AsVariable(header);
        return WrittenOut.Contains(name)
            || (Endings.Any(ending => name.EndsWith(ending, StringComparison.Ordinal)) && !HeaderWords.HasWord(name, AboutData));
    }

    /// <summary>Whether a header carries a credential as far as its name tells.</summary>
    public static bool IsHeader(string header)
    {
        var name = HeaderWords.AsVariable(header);
        return !Innocent.Contains(name)
            && (WrittenOut.Contains(name) || HeaderWords.HasWord(name, Words) || Parts.Any(part => name.Contains(part, StringComparison.Ordinal)));
    }

    /// <summary>Whether a query parameter carries a credential as far as its name tells.</summary>
    /// <param name="inUrl">whether the secret goes into the URL as well</param>
    public static bool IsParameter(string parameter, bool inUrl)
    {
        var name = HeaderWords.AsVariable(parameter);
        return Parameters.Contains(name) || (inUrl && ParametersOfUrls.Contains(name));
    }

    /// <summary>Refuses what a request carries of other credentials, unless the operator allows it for this one.</summary>
    /// <exception cref="VaultException">It carries one; invalid params.</exception>
    public static void RequireNone(OutgoingRequest request, IReadOnlyList<string> allowed, bool inUrl)
    {
        foreach (var (name, _) in request.Headers)
        {
            if (IsHeader(name) && !IsAllowed(name, allowed))
            {
                throw Errors.OtherCredential("headers", "header", name);
            }
        }

        foreach (var (name, _) in request.Url.QueryMembers())
        {
            if (IsParameter(name, inUrl) && !IsAllowed(name, allowed))
            {
                throw Errors.OtherCredential("url", "query parameter", name);
            }
        }
    }

    /// <summary>Whether the operator allows what has this name beside the secret.</summary>
    public static bool IsAllowed(string name, IReadOnlyList<string> allowed) =>
        allowed.Any(it => HeaderWords.AsVariable(it).Equals(HeaderWords.AsVariable(name), StringComparison.Ordinal));
}
