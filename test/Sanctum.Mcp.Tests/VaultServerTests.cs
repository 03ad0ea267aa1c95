using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ModelContextProtocol;
using Sanctum.Credentials;
using Sanctum.Policies;
using Sanctum.Testing;

namespace Sanctum.Mcp.Tests;

/// <summary>A host uses the vault's credentials without seeing them.</summary>
public sealed class VaultServerTests
{
    [Theory]
    [InlineData("2025-06-18")]
    [InlineData("2025-11-25")]
    [InlineData("2026-07-28")]
    public async Task Hosts_of_each_revision_list_and_call_tools(string revision)
    {
        await using var served = await ServedVault.ConnectAsync(revision: revision);
        await served.Vault.StoreAsync("mail/key", ServedVault.Secret);

        var tools = await served.Host.ListToolsAsync();
        var signed = await served.CallAsync("sanctum_sign", ("credential", "mail/key"), ("data", "hello"));

        Assert.Equal(revision, served.Host.NegotiatedProtocolVersion);
        Assert.Equal("sanctum", served.Host.ServerInfo!.Name);
        Assert.Contains("sanctum_http_request", served.Host.ServerInstructions, StringComparison.Ordinal);
        Assert.Equal(
            ["sanctum_list_credentials", "sanctum_check_access", "sanctum_http_request", "sanctum_sign", "sanctum_verify", "sanctum_encrypt", "sanctum_decrypt", "sanctum_mint_jwt", "sanctum_request_access", "sanctum_access_status", "sanctum_audit_log", "sanctum_status"],
            tools.Select(tool => tool.Name));
        Assert.Equal(ServedVault.TextOf(signed), signed.StructuredContent!.Value.GetProperty("signature").GetString());
    }

    [Fact]
    public async Task A_request_goes_out_with_the_secret_and_comes_back_without_it()
    {
        await using var served = await ServedVault.ConnectAsync();
        var service = await served.Vault.StartUpstreamAsync();
        service.Respond(request => new UpstreamResponse(201, $"you sent {request["authorization"]}"));
        await served.Vault.StoreAsync("mail/key", ServedVault.Secret, service.Origin);

        var sent = await served.CallAsync(
            "sanctum_http_request", ("credential", "mail/key"), ("method", "POST"), ("url", service.Origin + "/v1/send"), ("headers", new Dictionary<string, string> { ["x-tag"] = "a" }), ("body", "hi"));

        Assert.NotEqual(true, sent.IsError);
        service.RequireSingle().RequireHeader("authorization", $"Bearer {ServedVault.Secret}").RequireHeader("x-tag", "a");
        Assert.Equal(("POST", "/v1/send", "hi"), (service.RequireSingle().Method, service.RequireSingle().Target, service.RequireSingle().Text));
        Assert.Equal(201, sent.StructuredContent!.Value.GetProperty("status").GetInt32());
        Assert.StartsWith("HTTP status 201\n", ServedVault.TextOf(sent), StringComparison.Ordinal);
        Assert.Contains("you sent", ServedVault.TextOf(sent), StringComparison.Ordinal);
        served.Vault.RequireNoSecretIn(sent.StructuredContent.ToString()! + ServedVault.TextOf(sent));
    }

    [Fact]
    public async Task What_there_is_and_what_may_be_done_is_said()
    {
        await using var served = await ServedVault.ConnectAsync(new TestVaultOptions { Grant = PolicyActions.Use });
        await served.Vault.StoreAsync("mail/key", ServedVault.Secret, new CredentialOptions { Hosts = ["api.mail.example"], Description = "sends mail" });

        var listed = await served.CallAsync("sanctum_list_credentials");
        var allowed = await served.CallAsync("sanctum_check_access", ("credential", "mail/key"), ("operation", "http_request"), ("url", "https://api.mail.example/"));
        var refused = await served.CallAsync("sanctum_check_access", ("credential", "mail/key"), ("operation", "http_request"), ("url", "https://evil.example/"));

        Assert.Equal("mail/key: use; hosts api.mail.example; sends mail", ServedVault.TextOf(listed));
        var entry = Assert.Single(listed.StructuredContent!.Value.GetProperty("credentials").EnumerateArray());
        Assert.Equal(("mail/key", "use"), (entry.GetProperty("path").GetString(), entry.GetProperty("actions")[0].GetString()));
        Assert.True(allowed.StructuredContent!.Value.GetProperty("allowed").GetBoolean());
        Assert.Equal("EGRESS_DENIED", refused.StructuredContent!.Value.GetProperty("code").GetString());
        Assert.NotEqual(true, refused.IsError);
    }

    [Fact]
    public async Task Each_operation_gives_what_its_schema_says()
    {
        await using var served = await ServedVault.ConnectAsync();
        await served.Vault.StoreAsync("app/key", "CANARY-key-of-32-bytes-0123456789");

        var signature = ServedVault.TextOf(await served.CallAsync("sanctum_sign", ("credential", "app/key"), ("data", "hello")));
        var valid = await served.CallAsync("sanctum_verify", ("credential", "app/key"), ("data", "hello"), ("signature", signature));
        var invalid = await served.CallAsync("sanctum_verify", ("credential", "app/key"), ("data", "hullo"), ("signature", signature));
        var ciphertext = ServedVault.TextOf(await served.CallAsync("sanctum_encrypt", ("credential", "app/key"), ("data", "note"), ("aad", "a")));
        var decrypted = await served.CallAsync("sanctum_decrypt", ("credential", "app/key"), ("data", ciphertext), ("aad", "a"));

        Assert.Equal(("The signature is valid.", "The signature is not valid."), (ServedVault.TextOf(valid), ServedVault.TextOf(invalid)));
        Assert.Equal("note", decrypted.StructuredContent!.Value.GetProperty("plaintext").GetString());
        Assert.StartsWith("INVALID_PARAMS", await served.FailAsync("sanctum_decrypt", ("credential", "app/key"), ("data", ciphertext), ("aad", "b")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_that_is_minted_is_signed_with_the_key_and_says_what_the_rules_allow()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var pem = key.ExportPkcs8PrivateKeyPem();
        await using var served = await ServedVault.ConnectAsync();
        await served.Vault.StoreAsync("app/jwt", pem, new CredentialOptions { Jwt = new JwtRules { Claims = new Dictionary<string, string> { ["iss"] = "app" }, AllowedClaims = ["role"] } });
        await served.Vault.StoreAsync("app/none", ServedVault.Secret);

        var minted = await served.CallAsync("sanctum_mint_jwt", ("credential", "app/jwt"), ("claims", new Dictionary<string, string> { ["role"] = "reader" }), ("lifetime", 60));

        Assert.NotEqual(true, minted.IsError);
        var token = minted.StructuredContent!.Value.GetProperty("token").GetString()!;
        var parts = token.Split('.');
        var claims = JsonElement.Parse(Base64Url.DecodeFromChars(parts[1]));
        Assert.Equal((token, "ES256"), (ServedVault.TextOf(minted), minted.StructuredContent.Value.GetProperty("algorithm").GetString()));
        Assert.True(key.VerifyData(Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), Base64Url.DecodeFromChars(parts[2]), HashAlgorithmName.SHA256));
        Assert.Equal(("app", "reader"), (claims.GetProperty("iss").GetString(), claims.GetProperty("role").GetString()));
        Assert.Equal(60, claims.GetProperty("exp").GetInt64() - claims.GetProperty("iat").GetInt64());
        Assert.DoesNotContain(pem.Split('\n')[1], minted.StructuredContent.ToString()!, StringComparison.Ordinal);
        Assert.StartsWith("INVALID_PARAMS: ", await served.FailAsync("sanctum_mint_jwt", ("credential", "app/jwt"), ("claims", new Dictionary<string, string> { ["iss"] = "other" })), StringComparison.Ordinal);
        Assert.StartsWith("INVALID_PARAMS: ", await served.FailAsync("sanctum_mint_jwt", ("credential", "app/jwt"), ("lifetime", 100_000)), StringComparison.Ordinal);
        Assert.Contains("What to do: ", await served.FailAsync("sanctum_mint_jwt", ("credential", "app/none")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_says_its_code_and_what_to_do()
    {
        await using var served = await ServedVault.ConnectAsync(new TestVaultOptions { Grant = PolicyActions.List });
        await served.Vault.StoreAsync("mail/key", ServedVault.Secret);

        var text = await served.FailAsync("sanctum_sign", ("credential", "mail/key"), ("data", "x"));

        Assert.StartsWith("ACCESS_DENIED: no policy grants use on mail/key", text, StringComparison.Ordinal);
        Assert.Contains("What to do: ask the vault's operator for a policy", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_vault_that_is_sealed_gone_or_back_is_no_end_of_the_server()
    {
        await using var served = await ServedVault.ConnectAsync();
        await served.Vault.StoreAsync("mail/key", ServedVault.Secret);
        Assert.Equal("unsealed", await StateAsync(served));

        await served.Vault.SealAsync();
        Assert.Equal("sealed", await StateAsync(served));
        Assert.StartsWith("VAULT_LOCKED", await served.FailAsync("sanctum_sign", ("credential", "mail/key"), ("data", "x")), StringComparison.Ordinal);
        await served.Vault.UnsealAsync();
        Assert.Equal("unsealed", await StateAsync(served));

        await served.Vault.StopAsync();
        Assert.Equal("unavailable", await StateAsync(served));
        Assert.Equal(12, (await served.Host.ListToolsAsync()).Count);
    }

    [Theory]
    [InlineData("sanctum_sign", """{"credential":"a/b"}""", "'data' is missing; sanctum_sign takes credential, data, algorithm")]
    [InlineData("sanctum_sign", """{"credential":"a/b","data":7}""", "'data' must be a string")]
    [InlineData("sanctum_sign", """{"credential":"a/b","data":"x","secret_key":"y"}""", "there is no argument 'secret_key'; sanctum_sign takes credential, data, algorithm")]
    [InlineData("sanctum_sign", """{"credential":"a/b","data":"x","sk-live-with spaces and more than it takes":"y"}""", "there is no argument '…'")]
    [InlineData("sanctum_sign", """{"credential":"../b","data":"x"}""", "path")]
    [InlineData("sanctum_status", """{"credential":"a/b"}""", "sanctum_status takes none")]
    [InlineData("sanctum_check_access", """{"credential":"a/b","url":"not a url"}""", "'url' must be a URL")]
    [InlineData("sanctum_http_request", """{"credential":"a/b","method":"GET","url":"https://a.example","header_type":"cookie"}""", "'header_type' must be bearer, api_key, basic, custom, aws_sigv4")]
    [InlineData("sanctum_http_request", """{"credential":"a/b","method":"GET","url":"https://a.example","headers":{"x":1}}""", "'headers' must be an object of strings")]
    public async Task Arguments_that_a_tool_does_not_take_are_refused_in_words(string tool, string arguments, string says)
    {
        await using var served = await ServedVault.ConnectAsync();
        var given = JsonElement.Parse(arguments).EnumerateObject().Select(it => (it.Name, (object?)it.Value)).ToArray();

        var text = await served.FailAsync(tool, given);

        Assert.StartsWith("INVALID_PARAMS: ", text, StringComparison.Ordinal);
        Assert.Contains(says, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tool_that_is_not_there_is_an_error_of_the_protocol()
    {
        await using var served = await ServedVault.ConnectAsync();

        var error = await Assert.ThrowsAsync<McpProtocolException>(async () => await served.CallAsync("sanctum_steal"));

        Assert.Equal(McpErrorCode.InvalidParams, error.ErrorCode);
    }

    [Theory]
    [InlineData(true, PolicyActions.Use | PolicyActions.Retrieve, true)]
    [InlineData(true, PolicyActions.Use, false)]
    [InlineData(false, PolicyActions.Use | PolicyActions.Retrieve, false)]
    public async Task A_tool_that_gives_a_secret_is_there_only_where_operator_and_policy_both_say_so(bool allowed, PolicyActions grant, bool isThere)
    {
        await using var served = await ServedVault.ConnectAsync(new TestVaultOptions { Grant = grant }, new VaultServerOptions { AllowsRetrieval = allowed });
        await served.Vault.StoreAsync("mail/key", ServedVault.Secret);

        Assert.Equal(isThere, (await served.Host.ListToolsAsync()).Any(tool => tool.Name == "sanctum_retrieve"));
        if (isThere)
        {
            Assert.Equal(ServedVault.Secret, ServedVault.TextOf(await served.CallAsync("sanctum_retrieve", ("credential", "mail/key"))));
        }
        else if (allowed)
        {
            Assert.StartsWith("ACCESS_DENIED", await served.FailAsync("sanctum_retrieve", ("credential", "mail/key")), StringComparison.Ordinal);
        }
        else
        {
            await Assert.ThrowsAsync<McpProtocolException>(async () => await served.CallAsync("sanctum_retrieve", ("credential", "mail/key")));
        }
    }

    private static async Task<string> StateAsync(ServedVault served) =>
        (await served.CallAsync("sanctum_status")).StructuredContent!.Value.GetProperty("state").GetString()!;
}
