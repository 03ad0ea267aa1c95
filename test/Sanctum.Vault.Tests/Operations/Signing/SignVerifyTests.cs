using System.Security.Cryptography;
using System.Text;
using CsCheck;
using Sanctum.Operations;

namespace Sanctum.Tests.Operations.Signing;

public sealed class SignVerifyTests
{
    private const string Seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";

    private static readonly string P256 = Ec(key => key.ExportPkcs8PrivateKeyPem());
    private static readonly string Rsa2048 = Rsa(2048, key => key.ExportPkcs8PrivateKeyPem());

    public static TheoryData<string, string, string, string[]> Keys => new()
    {
        { "a symmetric secret", "hunter2", "api_key", ["hmac-sha256", "hmac-sha384", "hmac-sha512"] },
        { "an Ed25519 seed", Seed, "ed25519", ["ed25519"] },
        { "a P-256 key", P256, "certificate", ["ecdsa-p256-sha256"] },
        { "an RSA key", Rsa2048, "api_key", ["rsa-pss-sha256", "rsa-pkcs1-sha256"] },
    };

    [Theory]
    [MemberData(nameof(Keys))]
    public async Task Each_key_signs_and_verifies_with_its_algorithms_and_refuses_the_others(string kind, string secret, string type, string[] suitable)
    {
        var bench = new Workbench(secret, type);
        Assert.Equal(suitable[0], (await bench.RunAsync<SignResult>("sign", new { data = kind })).Algorithm);
        foreach (var algorithm in Sanctum.Operations.Signing.SignAlgorithms.All.Append("none"))
        {
            if (suitable.Contains(algorithm))
            {
                var signed = await bench.RunAsync<SignResult>("sign", new { data = kind, algorithm });
                Assert.Equal(algorithm, signed.Algorithm);
                Assert.True((await bench.RunAsync<VerifyResult>("verify", new { payload = kind, signature = signed.Signature, algorithm })).Valid);
                Assert.False((await bench.RunAsync<VerifyResult>("verify", new { payload = kind + "!", signature = signed.Signature, algorithm })).Valid);
            }
            else
            {
                foreach (var operation in new[] { "sign", "verify" })
                {
                    var refused = await bench.RefusalAsync(operation, $$"""{"data":"x","algorithm":"{{algorithm}}"{{(operation == "verify" ? ",\"signature\":\"AAAA\"" : "")}}}""");
                    Assert.Equal(VaultErrorCode.UnsupportedOperation, refused.Code);
                    Assert.Contains(suitable[0], refused.Suggestion, StringComparison.Ordinal);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public async Task A_signature_with_any_bit_changed_or_of_another_length_is_not_valid(string kind, string secret, string type, string[] suitable)
    {
        var bench = new Workbench(secret, type);
        foreach (var algorithm in suitable)
        {
            var signature = Convert.FromBase64String((await bench.RunAsync<SignResult>("sign", new { data = kind, algorithm })).Signature);
            foreach (var changed in Changes(signature))
            {
                Assert.False((await bench.RunAsync<VerifyResult>("verify", new { data = kind, signature = Convert.ToBase64String(changed), algorithm })).Valid);
            }
        }
    }

    [Fact]
    public async Task Anyone_with_the_public_key_can_verify_what_a_p256_key_signed()
    {
        var signed = await new Workbench(P256).RunAsync<SignResult>("sign", new { data = "größe" });
        using var key = ECDsa.Create();
        key.ImportFromPem(P256);
        Assert.True(key.VerifyData(
            Encoding.UTF8.GetBytes("größe"), Convert.FromBase64String(signed.Signature), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
    }

    [Fact]
    public async Task Anyone_with_the_public_key_can_verify_what_an_rsa_key_signed()
    {
        using var key = RSA.Create();
        key.ImportFromPem(Rsa2048);
        var pss = await new Workbench(Rsa2048).RunAsync<SignResult>("sign", new { data = "x" });
        var pkcs1 = await new Workbench(Rsa2048).RunAsync<SignResult>("sign", new { data = "x", algorithm = "rsa-pkcs1-sha256" });
        Assert.True(key.VerifyData("x"u8, Convert.FromBase64String(pss.Signature), HashAlgorithmName.SHA256, RSASignaturePadding.Pss));
        Assert.True(key.VerifyData("x"u8, Convert.FromBase64String(pkcs1.Signature), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
    }

    [Fact]
    public Task An_hmac_over_any_text_is_the_one_that_the_other_holder_of_the_secret_computes() =>
        Gen.Select(Gen.Byte.Array[1, 200], Gen.String).Where((_, text) => IsUnicode(text)).SampleAsync(async (secret, text) =>
            (await new Workbench(secret).RunAsync<SignResult>("sign", new { data = text })).Signature
                == Convert.ToBase64String(HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes(text))));

    [Theory]
    [InlineData("hmac-sha256")]
    [InlineData(null)]
    public async Task Policies_decide_on_the_algorithm_also_when_it_is_the_default(string? algorithm)
    {
        var bench = new Workbench("hunter2") { RequireAlgorithm = asked => throw Errors.AlgorithmDenied(asked) };
        var refused = await bench.RefusalAsync("sign", algorithm is null ? """{"data":"x"}""" : $$"""{"data":"x","algorithm":"{{algorithm}}"}""");
        Assert.Equal(VaultErrorCode.AccessDenied, refused.Code);
        Assert.Contains("hmac-sha256", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_audit_entry_is_told_the_algorithm_and_the_version_and_nothing_else()
    {
        var bench = new Workbench("hunter2");
        await bench.RunAsync<SignResult>("sign", new { data = "x" });
        Assert.Equal(new Dictionary<string, string> { ["algorithm"] = "hmac-sha256", ["key_version"] = "1" }, bench.Details);
    }

    internal static string Ec(Func<ECDsa, string> export, ECCurve? curve = null)
    {
        using var key = ECDsa.Create(curve ?? ECCurve.NamedCurves.nistP256);
        return export(key);
    }

    internal static string Rsa(int bits, Func<RSA, string> export)
    {
        using var key = RSA.Create(bits);
        return export(key);
    }

    private static IEnumerable<byte[]> Changes(byte[] signature)
    {
        foreach (var index in new[] { 0, signature.Length / 2, signature.Length - 1 })
        {
            var changed = signature.ToArray();
            changed[index] ^= 1;
            yield return changed;
        }

        yield return signature[..^1];
        yield return [.. signature, 0];
        yield return [];
    }

    private static bool IsUnicode(string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune == Rune.ReplacementChar)
            {
                return false;
            }
        }

        return true;
    }
}
