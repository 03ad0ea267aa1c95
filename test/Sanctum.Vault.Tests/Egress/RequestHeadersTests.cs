using Sanctum.Credentials;
using Sanctum.Destinations;
using Sanctum.Egress;
using Sanctum.Egress.Injections;

namespace Sanctum.Tests.Egress;

public sealed class RequestHeadersTests
{
    [Theory]
    [InlineData("Host")]
    [InlineData("HOST")]
    [InlineData("Connection")]
    [InlineData("Keep-Alive")]
    [InlineData("Proxy-Connection")]
    [InlineData("Proxy")]
    [InlineData("Proxy-Authorization")]
    [InlineData("Transfer-Encoding")]
    [InlineData("transfer-encoding")]
    [InlineData("Content-Length")]
    [InlineData("TE")]
    [InlineData("Trailer")]
    [InlineData("Upgrade")]
    [InlineData("Expect")]
    [InlineData("HTTP2-Settings")]
    [InlineData("Range")]
    [InlineData("If-Range")]
    [InlineData("X-HTTP-Method-Override")]
    [InlineData("X-Original-URL")]
    [InlineData("X_HTTP_Method_Override")]
    [InlineData("x-http_method-override")]
    [InlineData("X_Original_URL")]
    [InlineData("X-Rewrite-URI")]
    [InlineData("X-Original-Path")]
    [InlineData("X-HTTP-Host-Override")]
    [InlineData("Content_Length")]
    [InlineData("transfer_encoding")]
    [InlineData("X-Forwarded-Host")]
    [InlineData("X-Forwarded-Uri")]
    [InlineData("X-Forwarded-Method")]
    [InlineData("X-Forwarded-Prefix")]
    [InlineData("X-Forwarded-Path")]
    [InlineData("X-Forwarded-For")]
    [InlineData("X-Forwarded-Server")]
    [InlineData("X_Forwarded_Host")]
    [InlineData("X.Forwarded.Host")]
    [InlineData("Forwarded")]
    [InlineData("X-Rewrite-Url")]
    [InlineData("X-Original-Anything")]
    [InlineData("X-Envoy-Original-Path")]
    [InlineData("X-Envoy-Decorator")]
    [InlineData("X-Host")]
    [InlineData("X-Backend-Host")]
    [InlineData("X-HTTP-Path-Override")]
    [InlineData("Method-Override")]
    [InlineData("X-Request-URI")]
    [InlineData("Request-Uri")]
    [InlineData("X-Script-Name")]
    [InlineData("Disguised-Host")]
    [InlineData("X-Waws-Unencoded-Url")]
    [InlineData("X-Middleware-Rewrite")]
    [InlineData("x-middleware-subrequest")]
    [InlineData("x-invoke-path")]
    [InlineData("x-matched-path")]
    [InlineData("X-Ms-Original-Url")]
    [InlineData("X-Real-IP")]
    [InlineData("CF-Connecting-IP")]
    [InlineData("True-Client-IP")]
    [InlineData("X-ARR-SSL")]
    [InlineData("X-Accel-Redirect")]
    [InlineData("X-Real-Url")]
    [InlineData("X-Remote-Group")]
    [InlineData("Remote-Groups")]
    [InlineData("Impersonate-User")]
    [InlineData("X-WEBAUTH-ROLE")]
    [InlineData("X-Consumer-Username")]
    [InlineData("X-SSL-Client-Verify")]
    [InlineData("Client-Cert")]
    [InlineData("X-Request-Path")]
    [InlineData("X-Base-Path")]
    [InlineData("_HttpMethod")]
    [InlineData("Proxy-Host")]
    [InlineData("X-Auth-Request-User")]
    [InlineData("Remote-User")]
    [InlineData("X-CF-Forwarded-Url")]
    [InlineData("X-CF-App-Instance")]
    [InlineData("X-Ingress-Path")]
    [InlineData("X-Context-Path")]
    [InlineData("x-apigw-api-id")]
    [InlineData("dapr-app-id")]
    [InlineData("Fly-Force-Instance-Id")]
    [InlineData("Fly-Forwarded-Proto")]
    [InlineData("l5d-client-id")]
    [InlineData("X-NF-Client-Connection-IP")]
    [InlineData("X-Goog-Authenticated-User-Email")]
    [InlineData("X-Goog-Authenticated-User-Id")]
    [InlineData("X-Goog-Iap-Jwt-Assertion")]
    [InlineData("X-Amzn-Oidc-Identity")]
    [InlineData("X-Amzn-Oidc-Data")]
    [InlineData("X-Amzn-Oidc-Accesstoken")]
    [InlineData("X-Amzn-Mtls-Clientcert-Subject")]
    [InlineData("X-MS-TOKEN-AAD-ID-TOKEN")]
    [InlineData("MS-ASPNETCORE-USER")]
    [InlineData("WL-Proxy-Client-IP")]
    [InlineData("$WSRU")]
    [InlineData("iv-user")]
    [InlineData("OAM_REMOTE_USER")]
    [InlineData("SM_USER")]
    [InlineData("Shib-Identity-Provider")]
    [InlineData("OIDC_CLAIM_sub")]
    [InlineData("Cf-Access-Authenticated-User-Email")]
    [InlineData("Cf-Access-Jwt-Assertion")]
    [InlineData("Cf-Visitor")]
    [InlineData("Tailscale-User-Login")]
    [InlineData("X-authentik-username")]
    [InlineData("X-Pomerium-Claim-Email")]
    [InlineData("X-Vouch-User")]
    [InlineData("X-Auth-Username")]
    [InlineData("X-Userinfo")]
    [InlineData("X-Sandstorm-User-Id")]
    [InlineData("X-RStudio-Username")]
    [InlineData("X-Hass-Is-Admin")]
    [InlineData("X-CloudTasks-QueueName")]
    [InlineData("es-security-runas-user")]
    [InlineData("Sudo")]
    [InlineData("As-User")]
    [InlineData("as_user")]
    [InlineData("Dropbox-API-Select-User")]
    [InlineData("Dropbox-API-Select-Admin")]
    [InlineData("X-On-Behalf-Of")]
    [InlineData("DO-Connecting-IP")]
    [InlineData("Authorization")]
    [InlineData("authorization")]
    public void A_header_that_callers_can_not_set_is_refused(string name)
    {
        var refused = Assert.Throws<VaultException>(() => Require((name, "x")));
        Assert.Equal(VaultErrorCode.InvalidParams, refused.Code);
        Assert.Equal("headers", refused.Context!["member"]);
        Assert.Contains(name, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Accept", "application/json")]
    [InlineData("Content-Type", "application/json; charset=utf-8")]
    [InlineData("X-Custom", "")]
    [InlineData("X-Custom", "a\tb c")]
    [InlineData("If-None-Match", "abc")]
    [InlineData("User-Agent", "curl/8 (really)")]
    [InlineData("Cookie", "a=b")]
    [InlineData("Origin", "https://example.com")]
    [InlineData("Referer", "https://example.com/")]
    [InlineData("X-Requested-With", "XMLHttpRequest")]
    [InlineData("SOAPAction", "x")]
    [InlineData("X-Amz-Target", "DynamoDB.Query")]
    [InlineData("Destination", "/other")]
    [InlineData("X-Callback-Url", "https://example.com/")]
    [InlineData("CF-Access-Client-Id", "x.access")]
    [InlineData("X-Goog-User-Project", "x")]
    [InlineData("X-Amzn-Trace-Id", "Root=1-2")]
    [InlineData("X-Auth-User", "x")]
    [InlineData("Dropbox-API-Arg", "{}")]
    [InlineData("X-User-Id", "x")]
    [InlineData("X-Ms-Client-Request-Id", "x")]
    public void A_header_that_callers_can_set_is_taken(string name, string value) => Require((name, value));

    [Theory]
    [InlineData("a\r\nX-Evil: 1")]
    [InlineData("a\nX-Evil: 1")]
    [InlineData("a\rb")]
    [InlineData("a\0b")]
    [InlineData("a\u001bb")]
    [InlineData("a\u007fb")]
    [InlineData("a\u0085b")]
    [InlineData("a\u2028b")]
    [InlineData("\u00e4")]
    [InlineData(" a")]
    [InlineData("a ")]
    [InlineData("\ta")]
    public void A_value_that_could_end_its_line_or_be_changed_on_the_way_is_refused(string value) => Refused(("X-Custom", value));

    [Theory]
    [InlineData("")]
    [InlineData("X Custom")]
    [InlineData("X-Custom:")]
    [InlineData("X-Custom\r\nX-Evil")]
    [InlineData(":authority")]
    [InlineData("X-\u00e4")]
    public void A_name_that_is_none_is_refused(string name) => Refused((name, "x"));

    [Fact]
    public void A_header_is_there_once() => Refused(("Accept", "a"), ("accept", "b"));

    [Fact]
    public void There_is_an_end_to_headers()
    {
        Refused([.. Enumerable.Range(0, 65).Select(n => ($"X-{n}", "x"))]);
        Refused(("X-Long", new string('x', 33 * 1024)));
    }

    [Fact]
    public void The_header_that_the_secret_goes_into_is_the_vaults_whichever_it_is()
    {
        var injection = Injection.Choose(Credential("custom:X-Token"), null, null);
        Assert.Throws<VaultException>(() => RequestHeaders.Require([KeyValuePair.Create("x-token", "mine")], injection));
        Assert.Throws<VaultException>(() => RequestHeaders.Require([KeyValuePair.Create("X_TOKEN", "mine")], injection));
        RequestHeaders.Require([KeyValuePair.Create("Authorization", "mine")], injection);
        Assert.Throws<VaultException>(() => RequestHeaders.Require([KeyValuePair.Create("my-key", "mine")], Injection.Choose(Credential("custom:my_key"), null, null)));
    }

    private static void Refused(params (string Name, string Value)[] headers) =>
        Assert.Equal(VaultErrorCode.InvalidParams, Assert.Throws<VaultException>(() => Require(headers)).Code);

    private static void Require(params (string Name, string Value)[] headers) => RequestHeaders.Require(
        [.. headers.Select(header => KeyValuePair.Create(header.Name, header.Value))], Injection.Choose(Credential(null), null, null));

    private static CredentialInfo Credential(string? headerType) => new()
    {
        Path = CredentialPath.Parse("a"),
        Type = "api_key",
        HeaderType = headerType,
        Version = 1,
        CreatedAt = DateTimeOffset.UnixEpoch,
        UpdatedAt = DateTimeOffset.UnixEpoch,
    };
}
