using System.Buffers;
using System.Text;
using System.Text.Json;
using Sanctum.Crypto;
using Sanctum.Operations;

namespace Sanctum.Tests.Operations;

public sealed class HttpHeaderTests
{
    [Theory]
    [InlineData(null, "{}", "Authorization: Bearer s3cret")]
    [InlineData(null, """{"header_type":"bearer"}""", "Authorization: Bearer s3cret")]
    [InlineData(null, """{"header_type":"api_key"}""", "X-API-Key: s3cret")]
    [InlineData(null, """{"header_type":"basic"}""", "Authorization: Basic czNjcmV0")]
    [InlineData(null, """{"header_type":"custom","header_name":"X-My-Key"}""", "X-My-Key: s3cret")]
    [InlineData("api_key", "{}", "X-API-Key: s3cret")]
    [InlineData("basic", "{}", "Authorization: Basic czNjcmV0")]
    [InlineData("custom:PRIVATE-TOKEN", "{}", "PRIVATE-TOKEN: s3cret")]
    [InlineData("custom:PRIVATE-TOKEN", """{"header_type":"bearer"}""", "Authorization: Bearer s3cret")]
    [InlineData("api_key", """{"header_type":"custom","header_name":"X-My-Key"}""", "X-My-Key: s3cret")]
    public async Task The_call_says_how_or_else_the_credential_or_else_it_is_bearer(string? credentials, string parameters, string header)
    {
        var result = Assert.IsType<HttpHeaderResult>(await new Workbench("s3cret") { HeaderType = credentials }.RunAsync("http_header", parameters));
        Assert.Equal(header, result.Header);
        Assert.Equal(header, $"{result.HeaderName}: {result.HeaderValue}");
    }

    [Theory]
    [InlineData("bearer", true)]
    [InlineData("custom:X-Key", true)]
    [InlineData("custom", false)]
    [InlineData("custom:", false)]
    [InlineData("custom:X Key", false)]
    [InlineData("Bearer", false)]
    [InlineData("", false)]
    public async Task A_credential_has_one_of_these_header_types(string headerType, bool valid)
    {
        Assert.Equal(valid, HeaderFormat.OfCredential(headerType) is not null);
        var bench = new Workbench("s3cret") { HeaderType = headerType };
        Assert.Equal(valid, await Record.ExceptionAsync(() => bench.RunAsync("http_header")) is null);
    }

    [Theory]
    [InlineData("s3cret\r\nX-Evil: 1")]
    [InlineData("s3cret\n")]
    [InlineData("s3\0cret")]
    [InlineData("s3cret\u007f")]
    [InlineData("s3cret\u0085")]
    [InlineData("s3\tcret")]
    public async Task A_secret_with_a_control_character_is_put_into_no_header(string secret)
    {
        foreach (var type in new[] { "bearer", "api_key", "basic" })
        {
            var refused = await new Workbench(secret).RefusalAsync("http_header", $$"""{"header_type":"{{type}}"}""");
            Assert.Equal(VaultErrorCode.UnsupportedOperation, refused.Code);
            Assert.DoesNotContain("cret", refused.ToString().Replace("secret", "", StringComparison.Ordinal), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_secret_that_is_not_text_is_put_into_no_header() =>
        Assert.Equal(VaultErrorCode.UnsupportedOperation, (await new Workbench([0x41, 0xFF]).RefusalAsync("http_header")).Code);

    [Fact]
    public async Task A_header_too_large_for_a_reply_is_refused() =>
        Assert.Equal(
            VaultErrorCode.ResponseTooLarge,
            (await new Workbench(new string('x', 600)) { MaxResultBytes = 1000 }.RefusalAsync("http_header")).Code);

    [Fact]
    public async Task Neither_the_audit_entry_nor_the_printed_result_tells_the_secret()
    {
        var bench = new Workbench("canary");
        var result = await bench.RunAsync("http_header");
        Assert.DoesNotContain("canary", result.ToString(), StringComparison.Ordinal);
        Assert.Equal(new Dictionary<string, string> { ["header_type"] = "bearer" }, bench.Details);
    }

    [Fact]
    public void Results_are_written_with_the_members_of_the_protocol()
    {
        Assert.Equal("""{"signature":"AA==","algorithm":"hmac-sha256"}""", Json(new SignResult("AA==", "hmac-sha256")));
        Assert.Equal("""{"valid":true}""", Json(new VerifyResult(true)));
        Assert.Equal("""{"ciphertext":"c"}""", Json(new EncryptResult("c")));
        Assert.Equal("""{"plaintext":"p"}""", Json(new DecryptResult(new SecretBytes("p"u8))));
        Assert.Equal("""{"header":"N: V","header_name":"N","header_value":"V"}""", Json(new HttpHeaderResult("N", "V"u8)));
    }

    [Theory]
    [InlineData("http_header", "{}")]
    [InlineData("decrypt", null)]
    public async Task What_a_result_holds_of_a_secret_is_gone_when_it_is_disposed(string operation, string? parameters)
    {
        var bench = new Workbench("canary of sixteen bytes");
        parameters ??= JsonSerializer.Serialize(new { data = (await bench.RunAsync<EncryptResult>("encrypt", new { data = "sealed" })).Ciphertext });
        var result = await bench.RunAsync(operation, parameters);
        Assert.NotEqual("{}", Json(result));
        result.Dispose();
        result.Dispose();
        Assert.Throws<ObjectDisposedException>(() => Json(result));
    }

    private static string Json(OperationResult result)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            result.WriteTo(writer);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
