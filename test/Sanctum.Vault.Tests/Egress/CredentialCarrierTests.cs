using System.Text.Json;
using Sanctum.Credentials;
using Sanctum.Policies;
using Sanctum.Tests.Fixture;
using Sanctum.Upstream;

namespace Sanctum.Tests.Egress;

/// <summary>An agent wants the secret to become data in an account of its own, where it can read it.</summary>
public sealed class CredentialCarrierTests : IAsyncLifetime
{
    private TestUpstream _upstream = null!;
    private Outside _outside = null!;

    public async ValueTask InitializeAsync()
    {
        _upstream = await TestUpstream.StartAsync();
        _outside = await Outside.CreateAsync();
        await _outside.AllowOriginsAsync(_upstream.Origin);
    }

    public async ValueTask DisposeAsync()
    {
        await _outside.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [Theory]
    [InlineData("User-Agent")]
    [InlineData("Referer")]
    [InlineData("Content-Type")]
    [InlineData("X-Amz-Meta-Note")]
    [InlineData("X-Amz-Meta-Token")]
    [InlineData("x-goog-meta-access-token")]
    [InlineData("X-Ms-Meta-Api-Key")]
    [InlineData("X-Object-Meta-Secret")]
    [InlineData("X-Account-Meta-Temp-URL-Key")]
    [InlineData("X-Amz-Tagging")]
    [InlineData("x-amz-server-side-encryption-customer-key")]
    [InlineData("Cookie")]
    [InlineData("Idempotency-Key")]
    [InlineData("X-CSRF-Token")]
    [InlineData("X-Request-Id")]
    [InlineData("Accept")]
    [InlineData("From")]
    [InlineData("X-Comment")]
    public async Task A_call_does_not_choose_a_header_that_carries_data(string header)
    {
        var refused = await _outside.RefusedAsync(VaultErrorCode.InvalidParams, new($"{_upstream.Origin}/ok") { HeaderType = "custom", HeaderName = header });
        Assert.Equal("header_name", refused.Context!["member"]);
        await _outside.Test.AllowAsync(PolicyActions.Use | PolicyActions.Retrieve, name: "all");
        var parameters = JsonElement.Parse($$"""{"header_type":"custom","header_name":"{{header}}"}""");
        await Refused.WithAsync(VaultErrorCode.InvalidParams, async () =>
            await _outside.Test.Vault.UseAsync(_outside.Bot, CredentialPath.Parse(Outside.Path), "http_header", parameters));
        Assert.Empty(_upstream.Requests);
    }

    [Theory]
    [InlineData("X-Api-Key")]
    [InlineData("PRIVATE-TOKEN")]
    [InlineData("X-Acme-Api-Key")]
    [InlineData("acme-access-token")]
    [InlineData("DD-API-KEY")]
    [InlineData("xi-api-key")]
    [InlineData("Authorization")]
    public async Task It_chooses_one_that_carries_credentials(string header)
    {
        await _outside.SendAsync(new($"{_upstream.Origin}/ok") { HeaderType = "custom", HeaderName = header });
        Assert.Equal(Outside.Secret, Assert.Single(_upstream.Requests)[header]);
    }

    [Fact]
    public async Task The_operator_chooses_any_header()
    {
        await _outside.StoreAsync(new() { AllowedOrigins = [_upstream.Origin], HeaderType = "custom:X-Anything" });
        await _outside.GetAsync($"{_upstream.Origin}/ok");
        Assert.Equal(Outside.Secret, Assert.Single(_upstream.Requests)["X-Anything"]);
    }

    [Theory]
    [InlineData("Authorization", "custom:X-Token", "/")]
    [InlineData("Cookie", null, "/")]
    [InlineData("cookie", "api_key", "/")]
    [InlineData("X-Api-Key", null, "/")]
    [InlineData("X_Api_Key", null, "/")]
    [InlineData("X.Api.Key", null, "/")]
    [InlineData("PRIVATE-TOKEN", null, "/")]
    [InlineData("X-Acme-Session", null, "/")]
    [InlineData("X-Acme-Signature", "aws_sigv4:us-east-1/s3", "/")]
    [InlineData("Authorization", "query:key", "/")]
    [InlineData("Authorization", "path", "/{secret}/x")]
    [InlineData(null, null, "/?access_token=mine")]
    [InlineData(null, null, "/?a=b&Api_Key=mine")]
    [InlineData(null, null, "/?a=b;api%5Fkey=mine")]
    [InlineData(null, null, "/?access_token%5B0%5D=mine")]
    [InlineData(null, null, "/?access.token=mine")]
    [InlineData(null, null, "/?+access_token=mine")]
    [InlineData(null, null, "/?access_token%00x=mine")]
    [InlineData(null, null, "/?access+token=mine")]
    [InlineData(null, null, "/?X-Amz-Signature=mine")]
    [InlineData(null, "query:appid", "/?key=mine")]
    [InlineData(null, "query:appid", "/?token=mine")]
    [InlineData(null, "path", "/{secret}/x?token=mine")]
    public async Task No_other_credential_goes_beside_it(string? header, string? headerType, string target)
    {
        const string secret = "AKIDEXAMPLE:wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
        await _outside.StoreAsync(new() { AllowedOrigins = [_upstream.Origin], HeaderType = headerType, Clear = headerType is null ? CredentialParts.HeaderType : default }, secret);
        var call = new OutgoingCall(_upstream.Origin + target) { Headers = header is null ? [] : [(header, "mine")] };
        var refused = await _outside.RefusedAsync(VaultErrorCode.InvalidParams, call);
        Assert.Contains("another credential", refused.Message, StringComparison.Ordinal);
        Assert.Empty(_upstream.Requests);
    }

    [Fact]
    public async Task Unless_the_operator_allows_it_for_this_credential()
    {
        await _outside.StoreAsync(new() { AllowedOrigins = [_upstream.Origin], HeaderType = "custom:DD-API-KEY", AllowedCredentials = ["DD-APPLICATION-KEY", "access_token"] });
        var call = new OutgoingCall($"{_upstream.Origin}/ok?access_token=mine") { Headers = [("dd_application_key", "mine")] };
        await _outside.SendAsync(call);
        Assert.Equal("mine", Assert.Single(_upstream.Requests)["dd_application_key"]);
        await _outside.RefusedAsync(VaultErrorCode.InvalidParams, call with { Headers = [("Cookie", "mine")] });
    }

    [Theory]
    [InlineData("Host")]
    [InlineData("X-Forwarded-Host")]
    [InlineData("a b")]
    [InlineData("")]
    public async Task What_is_never_the_callers_is_not_allowed_either(string name) =>
        await Refused.WithAsync(VaultErrorCode.InvalidParams, () => _outside.StoreAsync(new() { AllowedCredentials = [name] }));

    [Theory]
    [InlineData("Idempotency-Key")]
    [InlineData("X-CSRF-Token")]
    [InlineData("Notion-Version")]
    [InlineData("X-Amz-Meta-Note")]
    [InlineData("Accept-Language")]
    [InlineData("X-Author")]
    public async Task What_carries_none_is_sent(string header)
    {
        await _outside.SendAsync(new($"{_upstream.Origin}/ok?page_token=2&key=a&sort=token") { Headers = [(header, "x")] });
        Assert.Equal("x", Assert.Single(_upstream.Requests)[header]);
    }
}
