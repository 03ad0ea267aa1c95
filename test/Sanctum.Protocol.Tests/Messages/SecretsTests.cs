using System.Text;
using System.Text.Json;
using CsCheck;
using Sanctum.Protocol.Messages;

namespace Sanctum.Protocol.Tests.Messages;

public sealed class SecretsTests
{
    [Fact]
    public void Any_bytes_survive_the_way_through_hex() => Gen.Byte.Array[0, 2000].Sample(bytes =>
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(Hex(bytes), RequestJson.Default.RetrieveResult);
        Assert.Contains($"\"value\":\"{Convert.ToHexStringLower(bytes)}\"", Encoding.UTF8.GetString(json), StringComparison.Ordinal);
        Assert.Equal(bytes, JsonSerializer.Deserialize(json, ReplyJson.Default.RetrieveResult)!.Value.Bytes);
    });

    [Fact]
    public void Any_text_survives_the_way_through_a_json_string() => Gen.String.Sample(text =>
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var json = JsonSerializer.SerializeToUtf8Bytes(Plain(bytes), RequestJson.Default.CredentialRetrieveResult);
        Assert.Equal(bytes, JsonSerializer.Deserialize(json, RequestJson.Default.CredentialRetrieveResult)!.Value.Bytes);
    });

    [Fact]
    public void Upper_case_and_escaped_hex_are_read() => Assert.Equal([0xAB, 0xCD], Read("\"AB\\u0063D\"").Value.Bytes);

    [Theory]
    [InlineData("\"abc\"")]
    [InlineData("\"zz\"")]
    [InlineData("\"0x12\"")]
    [InlineData("\" 12\"")]
    [InlineData("\"\\ud800\"")]
    [InlineData("12")]
    [InlineData("null")]
    [InlineData("[]")]
    public void What_is_not_hex_is_refused(string value) => Assert.Throws<JsonException>(() => Read(value));

    [Fact]
    public void Neither_kind_says_its_bytes_when_it_is_printed()
    {
        Assert.DoesNotContain("hunter2", Plain("hunter2"u8.ToArray()).ToString(), StringComparison.Ordinal);
        Assert.Contains("[7 bytes]", Plain("hunter2"u8.ToArray()).ToString(), StringComparison.Ordinal);
        Assert.Contains("[2 bytes]", Hex([0xAB, 0xCD]).ToString(), StringComparison.Ordinal);
    }

    private static RetrieveResult Hex(byte[] bytes) => new("a", new HexBytes(bytes), "l", 1, DateTimeOffset.UnixEpoch, "t");

    private static CredentialRetrieveResult Plain(byte[] bytes) => new("a", new Utf8Text(bytes), "l", 1);

    private static RetrieveResult Read(string value) => JsonSerializer.Deserialize(
        $$"""{"path":"a","value":{{value}},"lease_id":"l","ttl":1,"expires_at":"2026-01-01T00:00:00Z","type":"t"}""",
        ReplyJson.Default.RetrieveResult)!;
}
