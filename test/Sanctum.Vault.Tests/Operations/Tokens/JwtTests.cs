using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CsCheck;
using Microsoft.Extensions.Time.Testing;
using NSec.Cryptography;
using Sanctum.Credentials;
using Sanctum.Operations;
using static Sanctum.Tests.Operations.Signing.SignVerifyTests;

namespace Sanctum.Tests.Operations.Tokens;

public sealed class JwtTests
{
    private const string Seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
    private const long Now = 1_772_366_400;

    private static readonly string P256 = Ec(key => key.ExportPkcs8PrivateKeyPem());
    private static readonly string Rsa2048 = Rsa(2048, key => key.ExportPkcs8PrivateKeyPem());

    // The times are listed as if they could be allowed, which an operator is not let do either.
    private static readonly JwtRules Rules = new()
    {
        Claims = new Dictionary<string, string> { ["iss"] = "app-1", ["https://example.com/tier"] = "größe" },
        AllowedClaims = ["sub", "aud", "nbf", "jti", "scope", "level", "admin", "iss", "exp", "iat"],
    };

    [Theory]
    [InlineData("{}", "RS256", 0)]
    [InlineData("""{"algorithm":"RS256"}""", "RS256", 0)]
    [InlineData("""{"algorithm":"PS256"}""", "PS256", 1)]
    public async Task Anyone_with_the_public_key_can_verify_what_an_rsa_key_signed(string parameters, string algorithm, int padding)
    {
        var (result, token) = await MintAsync(Bench(Rsa2048), parameters);
        using var key = RSA.Create();
        key.ImportFromPem(Rsa2048);
        Assert.True(token.IsSignedBy(key, padding == 0 ? RSASignaturePadding.Pkcs1 : RSASignaturePadding.Pss));
        Assert.Equal(algorithm, result.Algorithm);
        Assert.Equal(algorithm, token.Header.GetProperty("alg").GetString());
    }

    [Fact]
    public async Task Anyone_with_the_public_key_can_verify_what_a_p256_key_signed()
    {
        using var key = ECDsa.Create();
        key.ImportFromPem(P256);
        var (result, token) = await MintAsync(Bench(P256));
        Assert.True(token.IsSignedBy(key));
        Assert.Equal("ES256", result.Algorithm);
        Assert.Equal("ES256", token.Header.GetProperty("alg").GetString());
    }

    [Fact]
    public async Task Anyone_with_the_public_key_can_verify_what_an_ed25519_key_signed()
    {
        using var key = Key.Import(SignatureAlgorithm.Ed25519, Convert.FromHexString(Seed), KeyBlobFormat.RawPrivateKey);
        var (result, token) = await MintAsync(new Workbench(Seed, "ed25519") { Jwt = Rules });
        Assert.True(token.IsSignedBy(key.PublicKey));
        Assert.Equal("EdDSA", result.Algorithm);
        Assert.Equal("EdDSA", token.Header.GetProperty("alg").GetString());
    }

    [Theory]
    [InlineData("RS512")]
    [InlineData("HS256")]
    [InlineData("none")]
    [InlineData("ES256")]
    [InlineData("rs256")]
    [InlineData("rsa-pkcs1-sha256")]
    public async Task The_key_decides_the_algorithm_and_the_call_can_only_choose_among_its_own(string algorithm)
    {
        var refused = await Bench(Rsa2048).RefusalAsync("jwt", $$"""{"algorithm":"{{algorithm}}"}""");
        Assert.Equal(VaultErrorCode.UnsupportedOperation, refused.Code);
        Assert.Contains("RS256, PS256", refused.Suggestion, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"algorithm":"HS256"}""")]
    public async Task A_shared_secret_signs_no_token(string parameters)
    {
        var refused = await Bench("a secret of more than thirty-two bytes").RefusalAsync("jwt", parameters);
        Assert.Equal(VaultErrorCode.UnsupportedOperation, refused.Code);
        Assert.Contains("private key", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_rules_no_token_is_minted_and_the_error_says_who_can_change_that()
    {
        var refused = await new Workbench(Rsa2048).RefusalAsync("jwt");
        Assert.Equal(VaultErrorCode.UnsupportedOperation, refused.Code);
        Assert.Contains("operator", refused.Suggestion, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sign")]
    [InlineData("sign_payload")]
    public async Task A_key_with_rules_signs_nothing_else_which_could_be_a_token(string operation)
    {
        Assert.Equal(VaultErrorCode.UnsupportedOperation, (await Bench(Rsa2048).RefusalAsync(operation, """{"data":"e30.e30"}""")).Code);
        await new Workbench(Rsa2048).RunAsync<SignResult>(operation, new { data = "e30.e30" });
    }

    [Theory]
    [InlineData("""{"sub":"me"}""", null)]
    [InlineData("""{"aud":"https://example.com"}""", null)]
    [InlineData("""{"aud":["a","b"]}""", null)]
    [InlineData("""{"scope":[]}""", null)]
    [InlineData("""{"nbf":1772366400,"jti":"1","level":-1.5e3,"admin":true,"scope":"a b"}""", null)]
    [InlineData("""{"level":false,"scope":["ä\n\ud83d\ude00"]}""", null)]
    [InlineData("""{"iss":"app-1"}""", "claims.iss")]
    [InlineData("""{"iss":"app-2"}""", "claims.iss")]
    [InlineData("""{"is\u0073":"app-2"}""", "claims.iss")]
    [InlineData("""{"iat":1}""", "claims.iat")]
    [InlineData("""{"exp":9999999999}""", "claims.exp")]
    [InlineData("""{"e\u0078p":9999999999}""", "claims.exp")]
    [InlineData("""{"azp":"x"}""", "claims.azp")]
    [InlineData("""{"Sub":"x"}""", "claims.Sub")]
    [InlineData("""{"https://example.com/tier":"x"}""", "claims")]
    [InlineData("""{"not a name":"x"}""", "claims")]
    [InlineData("""{"":"x"}""", "claims")]
    [InlineData("""{"\ud800":"x"}""", "claims")]
    [InlineData("""{"sub":"me","sub":"you"}""", "claims")]
    [InlineData("""{"sub":"me","s\u0075b":"you"}""", "claims")]
    [InlineData("""{"sub":1}""", "claims.sub")]
    [InlineData("""{"sub":["a"]}""", "claims.sub")]
    [InlineData("""{"jti":true}""", "claims.jti")]
    [InlineData("""{"nbf":"1772366400"}""", "claims.nbf")]
    [InlineData("""{"aud":1}""", "claims.aud")]
    [InlineData("""{"aud":["a",1]}""", "claims.aud")]
    [InlineData("""{"scope":null}""", "claims.scope")]
    [InlineData("""{"scope":{"a":"b"}}""", "claims.scope")]
    [InlineData("""{"scope":[["a"]]}""", "claims.scope")]
    [InlineData("""{"scope":[1]}""", "claims.scope")]
    [InlineData("""{"scope":"\ud800"}""", "claims.scope")]
    [InlineData("""{"scope":["a","\udc00"]}""", "claims.scope")]
    [InlineData("\"sub\"", "claims")]
    [InlineData("[]", "claims")]
    public async Task A_call_sets_the_claims_that_are_allowed_and_no_others(string claims, string? refusedMember)
    {
        var bench = Bench(P256);
        if (refusedMember is null)
        {
            var (_, token) = await MintAsync(bench, $$"""{"claims":{{claims}}}""");
            Assert.All(JsonElement.Parse(claims).EnumerateObject(), claim => Assert.True(JsonElement.DeepEquals(claim.Value, token.Payload.GetProperty(claim.Name))));
            Assert.Equal("app-1", token.Payload.GetProperty("iss").GetString());
            return;
        }

        var refused = await bench.RefusalAsync("jwt", $$"""{"claims":{{claims}}}""");
        Assert.Equal(VaultErrorCode.InvalidParams, refused.Code);
        Assert.Equal(refusedMember, refused.Context!["member"]);
    }

    [Fact]
    public async Task Without_allowed_claims_a_call_sets_none_and_every_token_has_the_fixed_ones()
    {
        var bench = new Workbench(P256) { Jwt = new JwtRules { Claims = Rules.Claims } };
        Assert.Contains("no claims", (await bench.RefusalAsync("jwt", """{"claims":{"sub":"me"}}""")).Message, StringComparison.Ordinal);
        var (_, token) = await MintAsync(bench);
        Assert.Equal(["iss", "https://example.com/tier", "iat", "exp"], token.Payload.EnumerateObject().Select(claim => claim.Name));
        Assert.Equal("größe", token.Payload.GetProperty("https://example.com/tier").GetString());
    }

    [Fact]
    public async Task What_a_claim_says_is_said_as_it_was_sent()
    {
        var bench = Bench(P256);
        await Gen.String.Where(IsUnicode).SampleAsync(async text =>
        {
            var parameters = JsonSerializer.Serialize(new { claims = new { sub = text, scope = new[] { text } } });
            var (_, token) = await MintAsync(bench, parameters);
            return token.Payload.GetProperty("sub").GetString() == text && token.Payload.GetProperty("scope")[0].GetString() == text;
        }, iter: 30);
    }

    [Theory]
    [InlineData("{}", 60, 300)]
    [InlineData("""{"claims":null,"lifetime":null,"key_id":null,"algorithm":null}""", 60, 300)]
    [InlineData("""{"lifetime":600}""", 60, 600)]
    [InlineData("""{"lifetime":6e2}""", 60, 600)]
    [InlineData("""{"lifetime":120}""", 60, 120)]
    [InlineData("""{"lifetime":119}""", 59, 119)]
    [InlineData("""{"lifetime":1}""", 0, 1)]
    public async Task A_token_is_issued_a_minute_ago_and_lasts_from_then(string parameters, int secondsAgo, int lifetime)
    {
        var (result, token) = await MintAsync(Bench(P256), parameters);
        Assert.Equal(Now - secondsAgo, token.Payload.GetProperty("iat").GetInt64());
        Assert.Equal(Now - secondsAgo + lifetime, token.Payload.GetProperty("exp").GetInt64());
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(Now - secondsAgo + lifetime), result.ExpiresAt);
    }

    [Theory]
    [InlineData("601")]
    [InlineData("59.5")]
    [InlineData("0")]
    [InlineData("0.5")]
    [InlineData("-60")]
    [InlineData("1e400")]
    [InlineData("\"60\"")]
    public async Task A_lifetime_is_whole_seconds_and_no_longer_than_the_operator_lets_it_be(string lifetime)
    {
        var refused = await Bench(P256).RefusalAsync("jwt", $$"""{"lifetime":{{lifetime}}}""");
        Assert.Equal(VaultErrorCode.InvalidParams, refused.Code);
        Assert.Equal("lifetime", refused.Context!["member"]);
    }

    [Fact]
    public async Task The_default_lifetime_is_no_longer_than_the_limit_either()
    {
        var (_, token) = await MintAsync(new Workbench(P256) { Jwt = new JwtRules { MaxLifetime = TimeSpan.FromSeconds(10) } });
        Assert.Equal(10, token.Payload.GetProperty("exp").GetInt64() - token.Payload.GetProperty("iat").GetInt64());
    }

    [Fact]
    public async Task The_header_says_the_algorithm_the_type_and_the_key_id_that_was_sent()
    {
        Assert.Equal("""{"alg":"ES256","typ":"JWT"}""", (await MintAsync(Bench(P256))).Token.Header.GetRawText());
        Assert.Equal("""{"alg":"ES256","typ":"JWT","kid":"ABC123"}""", (await MintAsync(Bench(P256), """{"key_id":"ABC123"}""")).Token.Header.GetRawText());
        const string Odd = "https://example.com/keys#\"\\1";
        var (_, token) = await MintAsync(Bench(P256), JsonSerializer.Serialize(new { key_id = Odd }));
        Assert.Equal(Odd, token.Header.GetProperty("kid").GetString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a\\n")]
    [InlineData("ä")]
    public async Task A_key_id_is_visible_ascii(string keyId)
    {
        var refused = await Bench(P256).RefusalAsync("jwt", $$"""{"key_id":"{{keyId}}"}""");
        Assert.Equal((VaultErrorCode.InvalidParams, "key_id"), (refused.Code, refused.Context!["member"]));
    }

    [Fact]
    public async Task A_key_id_has_a_longest_length()
    {
        await MintAsync(Bench(P256), $$"""{"key_id":"{{new string('k', 256)}}"}""");
        await Bench(P256).RefusalAsync("jwt", $$"""{"key_id":"{{new string('k', 257)}}"}""");
    }

    [Theory]
    [InlineData("{}", "rsa-pkcs1-sha256")]
    [InlineData("""{"algorithm":"PS256"}""", "rsa-pss-sha256")]
    public async Task Policies_decide_on_the_algorithm_under_the_name_that_they_know(string parameters, string algorithm)
    {
        var bench = new Workbench(Rsa2048) { Jwt = Rules, RequireAlgorithm = asked => throw Errors.AlgorithmDenied(asked) };
        var refused = await bench.RefusalAsync("jwt", parameters);
        Assert.Equal(VaultErrorCode.AccessDenied, refused.Code);
        Assert.Contains(algorithm, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_audit_entry_is_told_what_was_claimed_but_not_the_values()
    {
        var bench = Bench(P256);
        await MintAsync(bench, """{"claims":{"sub":"canary","scope":["canary"]},"lifetime":600,"key_id":"canary"}""");
        Assert.Equal(
            new Dictionary<string, string>
            {
                ["algorithm"] = "ecdsa-p256-sha256",
                ["key_version"] = "1",
                ["claims"] = "iss https://example.com/tier sub scope iat exp",
                ["expires_at"] = "2026-03-01T12:09:00Z",
            },
            bench.Details);
    }

    [Fact]
    public async Task A_token_too_large_for_a_reply_is_refused()
    {
        var bench = new Workbench(P256) { Jwt = Rules, MaxResultBytes = 1000 };
        var refused = await bench.RefusalAsync("jwt", $$$"""{"claims":{"sub":"{{{new string('x', 1000)}}}"}}""");
        Assert.Equal(VaultErrorCode.ResponseTooLarge, refused.Code);
    }

    [Fact]
    public void A_result_is_written_with_the_members_of_the_protocol_and_printed_without_the_token()
    {
        var result = new JwtResult("a.b.c", "ES256", DateTimeOffset.FromUnixTimeSeconds(Now));
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            result.WriteTo(writer);
        }

        Assert.Equal("""{"token":"a.b.c","algorithm":"ES256","expires_at":"2026-03-01T12:00:00+00:00"}""", Encoding.UTF8.GetString(buffer.WrittenSpan));
        Assert.DoesNotContain("a.b.c", result.ToString(), StringComparison.Ordinal);
    }

    // A clock between two seconds: a token knows whole ones only.
    private static Workbench Bench(string secret) => new(secret)
    {
        Jwt = Rules,
        TimeProvider = new FakeTimeProvider(DateTimeOffset.FromUnixTimeMilliseconds((Now * 1000) + 999)),
    };

    private static async Task<(JwtResult Result, MintedToken Token)> MintAsync(Workbench bench, string parameters = "{}")
    {
        var result = Assert.IsType<JwtResult>(await bench.RunAsync("jwt", parameters));
        return (result, new MintedToken(result));
    }

    private static bool IsUnicode(string text) => !text.EnumerateRunes().Contains(Rune.ReplacementChar);
}
