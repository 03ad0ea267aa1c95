using CsCheck;
using Sanctum.Crypto;
using Sanctum.Operations;
using Sanctum.Tests.Fixture;

namespace Sanctum.Tests.Operations.Encryption;

[Collection(nameof(ProcessWide))]
public sealed class EncryptDecryptTests
{
    private const string Secret = "0123456789abcdef";

    private readonly Workbench _bench = new(Secret);

    [Theory]
    [InlineData("data", "data")]
    [InlineData("plaintext", "ciphertext")]
    public async Task What_was_encrypted_is_decrypted_in_every_spelling(string encryptAs, string decryptAs)
    {
        var ciphertext = (await _bench.RunAsync<EncryptResult>("encrypt", new Dictionary<string, string> { [encryptAs] = "größe 😀" })).Ciphertext;
        Assert.StartsWith("sanctum:v1:1:", ciphertext, StringComparison.Ordinal);
        Assert.Equal("größe 😀", (await _bench.RunAsync<DecryptResult>("decrypt", new Dictionary<string, string> { [decryptAs] = ciphertext })).Plaintext);
        Assert.Equal("1", _bench.Details["key_version"]);
    }

    [Fact]
    public Task Every_text_comes_back() =>
        Gen.Select(Gen.String, Gen.String).Where((text, aad) => IsUnicode(text) && IsUnicode(aad)).SampleAsync(async (text, aad) =>
        {
            var ciphertext = (await _bench.RunAsync<EncryptResult>("encrypt", new { data = text, aad })).Ciphertext;
            return (await _bench.RunAsync<DecryptResult>("decrypt", new { ciphertext, aad })).Plaintext == text;
        });

    [Fact]
    public async Task The_same_text_is_never_the_same_ciphertext() => Assert.NotEqual(await SealAsync("x"), await SealAsync("x"));

    [Fact]
    public async Task A_ciphertext_outlives_a_rotation_and_the_older_secret_is_zeroed_after_use()
    {
        var old = await SealAsync("before");
        _bench.Rotate("another secret of some length");
        Assert.Equal("before", (await _bench.RunAsync<DecryptResult>("decrypt", new { data = old })).Plaintext);
        Assert.Equal("1", _bench.Details["key_version"]);
        Assert.Throws<ObjectDisposedException>(() => { _ = Assert.Single(_bench.Opened).Length + _bench.Opened[0].Span.Length; });
        Assert.StartsWith("sanctum:v1:2:", await SealAsync("after"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_can_not_be_opened_is_refused_in_one_way_whatever_the_cause()
    {
        var ciphertext = await SealAsync("x", aad: "context");
        _bench.Rotate(Secret);
        var removed = await SealAsync("x");
        _bench.Rotate(Secret);
        _bench.RemoveVersion(2);

        var elsewhere = new Workbench(Secret) { Path = "twin/key" };
        var abroad = new Workbench(Secret) { VaultId = Guid.Empty };
        var body = ciphertext["sanctum:v1:1:".Length..];
        VaultException[] refusals =
        [
            await RefusedAsync(_bench, removed),
            await RefusedAsync(_bench, ciphertext, aad: null),
            await RefusedAsync(_bench, ciphertext, "Context"),
            await RefusedAsync(elsewhere, ciphertext),
            await RefusedAsync(abroad, ciphertext),
            await RefusedAsync(new Workbench("fedcba9876543210"), ciphertext),
            await RefusedAsync(new Workbench("too short"), ciphertext),
            await RefusedAsync(_bench, "sanctum:v1:3:" + body),
            await RefusedAsync(_bench, "sanctum:v1:99:" + body),
            await RefusedAsync(_bench, "sanctum:v1:01:" + body),
            await RefusedAsync(_bench, "sanctum:v1:+1:" + body),
            await RefusedAsync(_bench, "sanctum:v1:99999999999:" + body),
            await RefusedAsync(_bench, "sanctum:v2:1:" + body),
            await RefusedAsync(_bench, "sanctum:v1:1:"),
            await RefusedAsync(_bench, "sanctum:v1:1:" + body + "="),
            await RefusedAsync(_bench, "sanctum:v1:1:" + body + "\n"),
            await RefusedAsync(_bench, "sanctum:v1:1:" + body[..30]),
            await RefusedAsync(_bench, "sanctum:v1:1"),
            await RefusedAsync(_bench, ""),
        ];
        Assert.Equal("x", (await _bench.RunAsync<DecryptResult>("decrypt", new { ciphertext, aad = "context" })).Plaintext);
        Assert.All(refusals, refusal => Assert.Equal(VaultErrorCode.InvalidParams, refusal.Code));
        Assert.All(refusals, refusal => Assert.Equal("ciphertext", refusal.Context!["member"]));
        Assert.Single(refusals.Select(refusal => refusal.Message).Distinct());
    }

    [Fact]
    public async Task Any_changed_bit_is_noticed()
    {
        const string Prefix = "sanctum:v1:1:";
        var ciphertext = await SealAsync("text", "context");
        var bytes = System.Buffers.Text.Base64Url.DecodeFromChars(ciphertext.AsSpan(Prefix.Length));
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] ^= 0x80;
            await RefusedAsync(_bench, Prefix + System.Buffers.Text.Base64Url.EncodeToString(bytes));
            bytes[i] ^= 0x80;
        }
    }

    [Fact]
    public async Task A_secret_of_fewer_than_sixteen_bytes_encrypts_nothing() =>
        Assert.Equal(VaultErrorCode.UnsupportedOperation, (await new Workbench("fifteen bytes..").RefusalAsync("encrypt", """{"data":"x"}""")).Code);

    [Fact]
    public async Task An_encrypted_text_is_as_large_as_it_may_be_and_no_larger()
    {
        var size = (await _bench.RunAsync<EncryptResult>("encrypt", new { data = "hello" })).Ciphertext.Length + """{"ciphertext":""}""".Length;
        await new Workbench(Secret) { MaxResultBytes = size }.RunAsync("encrypt", """{"data":"hello"}""");
        var refused = await new Workbench(Secret) { MaxResultBytes = size - 1 }.RefusalAsync("encrypt", """{"data":"hello"}""");
        Assert.Equal(VaultErrorCode.ResponseTooLarge, refused.Code);
    }

    [Fact]
    public async Task A_decrypted_text_is_measured_as_it_is_written()
    {
        // Each quote is an escape of two bytes.
        var ciphertext = await SealAsync(new string('"', 100));
        var size = """{"plaintext":""}""".Length + 200;
        await new Workbench(Secret) { MaxResultBytes = size }.RunAsync<DecryptResult>("decrypt", new { ciphertext });
        var refused = await new Workbench(Secret) { MaxResultBytes = size - 1 }.RefusalAsync("decrypt", $$"""{"data":"{{ciphertext}}"}""");
        Assert.Equal(VaultErrorCode.ResponseTooLarge, refused.Code);
    }

    [Fact]
    public void A_result_does_not_print_the_text() =>
        Assert.DoesNotContain("canary", new DecryptResult(new SecretBytes("canary"u8)).ToString(), StringComparison.Ordinal);

    private static async Task<VaultException> RefusedAsync(Workbench bench, string ciphertext, string? aad = "context") =>
        await Assert.ThrowsAsync<VaultException>(() => aad is null
            ? bench.RunAsync<DecryptResult>("decrypt", new { ciphertext })
            : bench.RunAsync<DecryptResult>("decrypt", new { ciphertext, aad }));

    private static bool IsUnicode(string text) => !text.EnumerateRunes().Any(rune => rune == System.Text.Rune.ReplacementChar);

    private async Task<string> SealAsync(string data, string? aad = null) => aad is null
        ? (await _bench.RunAsync<EncryptResult>("encrypt", new { data })).Ciphertext
        : (await _bench.RunAsync<EncryptResult>("encrypt", new { data, aad })).Ciphertext;
}
