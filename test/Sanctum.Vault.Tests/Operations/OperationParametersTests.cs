using Sanctum.Operations;

namespace Sanctum.Tests.Operations;

public sealed class OperationParametersTests
{
    private readonly Workbench _bench = new("a secret of more than sixteen bytes");

    [Theory]
    [InlineData("sign", "{}", "data")]
    [InlineData("sign", """{"data":"x","payload":"x"}""", "payload")]
    [InlineData("sign", """{"data":"x","data":"y"}""", "data")]
    [InlineData("sign", """{"data":1}""", "data")]
    [InlineData("sign", """{"data":null}""", "data")]
    [InlineData("sign", """{"data":{"a":1}}""", "data")]
    [InlineData("sign", """{"Data":"x"}""", "Data")]
    [InlineData("sign", """{"data":"x","extra":"y"}""", "extra")]
    [InlineData("sign", """{"data":"x","algorithm":5}""", "algorithm")]
    [InlineData("sign", """{"data":"\ud800"}""", "data")]
    [InlineData("sign", """{"data":"\udc00\ud800"}""", "data")]
    [InlineData("sign", """{"data":"x","algorithm":"\ud800"}""", "algorithm")]
    [InlineData("sign", """{"data":"x","\ud800":"y"}""", "params")]
    [InlineData("sign", """{"data":"x","sk_live_51H":"y"}""", "params")]
    [InlineData("sign", """{"data":"x","\u001b[2J":"y"}""", "params")]
    [InlineData("sign", """{"data":"x","correcthorsebatterystaple":"y"}""", "params")]
    [InlineData("sign", """{"data":null,"payload":null}""", "data")]
    [InlineData("verify", """{"data":"x","signature":null}""", "signature")]
    [InlineData("http_header", """{"header_type":"custom","header_name":null}""", "header_name")]
    [InlineData("sign", """["data"]""", "params")]
    [InlineData("sign", "null", "params")]
    [InlineData("verify", """{"data":"x"}""", "signature")]
    [InlineData("verify", """{"signature":"AAAA"}""", "data")]
    [InlineData("verify", """{"data":"x","payload":"x","signature":"AAAA"}""", "payload")]
    [InlineData("verify", """{"data":"x","signature":"AAA"}""", "signature")]
    [InlineData("verify", """{"data":"x","signature":"AA AA"}""", "signature")]
    [InlineData("verify", """{"data":"x","signature":"A-_A"}""", "signature")]
    [InlineData("verify", """{"data":"x","signature":"=AAA"}""", "signature")]
    [InlineData("encrypt", "{}", "data")]
    [InlineData("encrypt", """{"data":"x","plaintext":"x"}""", "plaintext")]
    [InlineData("encrypt", """{"payload":"x"}""", "payload")]
    [InlineData("encrypt", """{"data":"x","aad":7}""", "aad")]
    [InlineData("encrypt", """{"data":"x","aad":"\udfff"}""", "aad")]
    [InlineData("decrypt", "{}", "data")]
    [InlineData("decrypt", """{"data":"x","ciphertext":"x"}""", "ciphertext")]
    [InlineData("decrypt", """{"plaintext":"x"}""", "plaintext")]
    [InlineData("http_header", """{"header_type":"Bearer"}""", "header_type")]
    [InlineData("http_header", """{"header_type":""}""", "header_type")]
    [InlineData("http_header", """{"header_type":"custom:X-Key"}""", "header_type")]
    [InlineData("http_header", """{"header_type":"custom"}""", "header_name")]
    [InlineData("http_header", """{"header_name":"X-Key"}""", "header_name")]
    [InlineData("http_header", """{"header_type":"bearer","header_name":"X-Key"}""", "header_name")]
    [InlineData("http_header", """{"header_type":"custom","header_name":""}""", "header_name")]
    [InlineData("http_header", """{"header_type":"custom","header_name":"X Key"}""", "header_name")]
    [InlineData("http_header", """{"header_type":"custom","header_name":"X:Key"}""", "header_name")]
    [InlineData("http_header", """{"header_type":"custom","header_name":"X\r\nY"}""", "header_name")]
    [InlineData("http_header", """{"header_type":"custom","header_name":"Xä"}""", "header_name")]
    [InlineData("http_header", """{"data":"x"}""", "data")]
    public async Task Bad_parameters_are_refused_by_name(string operation, string parameters, string member)
    {
        var refused = await _bench.RefusalAsync(operation, parameters);
        Assert.Equal(VaultErrorCode.InvalidParams, refused.Code);
        Assert.Equal(member, refused.Context!["member"]);
    }

    [Theory]
    [InlineData("""{"data":"x","payload":null}""")]
    [InlineData("""{"data":null,"payload":"x","algorithm":null}""")]
    public async Task Null_is_as_good_as_left_out(string parameters)
    {
        var result = Assert.IsType<SignResult>(await _bench.RunAsync("sign", parameters));
        Assert.Equal((await _bench.RunAsync<SignResult>("sign", new { data = "x" })).Signature, result.Signature);
    }

    [Fact]
    public async Task Null_is_as_good_as_left_out_in_every_operation()
    {
        await _bench.RunAsync("encrypt", """{"data":"x","plaintext":null,"aad":null}""");
        await _bench.RunAsync("http_header", """{"header_type":null,"header_name":null}""");
        Assert.Equal("data", (await _bench.RefusalAsync("decrypt", """{"data":null,"aad":null}""")).Context!["member"]);
    }

    [Fact]
    public async Task Two_spellings_of_one_parameter_are_both_named()
    {
        var refused = await _bench.RefusalAsync("sign_payload", """{"payload":"x","data":"x"}""");
        Assert.Contains("'data'", refused.Message, StringComparison.Ordinal);
        Assert.Contains("'payload'", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"data":"\u00e4\n\ud83d\ude00/"}""")]
    [InlineData("""{"payload":"ä\n😀\/"}""")]
    public async Task However_a_text_is_escaped_it_is_the_same_bytes(string parameters)
    {
        var result = Assert.IsType<SignResult>(await _bench.RunAsync("sign", parameters));
        Assert.Equal((await _bench.RunAsync<SignResult>("sign", new { data = "ä\n😀/" })).Signature, result.Signature);
    }

    [Fact]
    public void Bytes_that_are_not_utf8_are_refused()
    {
        using var json = System.Text.Json.JsonDocument.Parse((byte[])[.. """{"data":" """u8[..^1], 0xC3, 0x28, .. "\"}"u8]);
        var refused = Assert.Throws<VaultException>(() => { OperationParameters.Read(json.RootElement, SignOperation.Described).Utf8("data"); });
        Assert.Equal("data", refused.Context!["member"]);
    }
}
