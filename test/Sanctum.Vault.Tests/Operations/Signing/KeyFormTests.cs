using System.Security.Cryptography;
using Sanctum.Operations;
using static Sanctum.Tests.Operations.Signing.SignVerifyTests;

namespace Sanctum.Tests.Operations.Signing;

public sealed class KeyFormTests
{
    private static readonly byte[] Seed = Convert.FromHexString("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");

    // RFC 8410, section 10.3, its two private keys: alone, and with attributes and the public key beside it.
    private const string Rfc8410 =
        "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n";

    private const string Rfc8410Version2 =
        "-----BEGIN PRIVATE KEY-----\nMHICAQEwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
        + "oB8wHQYKKoZIhvcNAQkJFDEPDA1DdXJkbGUgQ2hhaXJzgSEAGb9ECWmEzf6FQbrB\nZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PRIVATE KEY-----\n";

    public static TheoryData<byte[]> SeedForms => new()
    {
        Seed,
        Ascii(Convert.ToHexStringLower(Seed)),
        Ascii(Convert.ToHexString(Seed)),
        Ascii($"  {Convert.ToHexStringLower(Seed)}\r\n"),
        Ascii(Convert.ToBase64String(Seed)),
        Ascii(Convert.ToBase64String(Seed) + "\n"),
    };

    public static TheoryData<string, string> PemForms => new()
    {
        { Ec(key => key.ExportPkcs8PrivateKeyPem()), "ecdsa-p256-sha256" },
        { Ec(key => key.ExportECPrivateKeyPem()), "ecdsa-p256-sha256" },
        { "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n" + Ec(key => key.ExportECPrivateKeyPem()), "ecdsa-p256-sha256" },
        { "Key of the build server\n" + Ec(key => key.ExportPkcs8PrivateKeyPem()).ReplaceLineEndings("\r\n"), "ecdsa-p256-sha256" },
        { Rsa(2048, key => key.ExportPkcs8PrivateKeyPem()), "rsa-pss-sha256" },
        { Rsa(2048, key => key.ExportRSAPrivateKeyPem()), "rsa-pss-sha256" },
        { Rfc8410, "ed25519" },
        { Rfc8410Version2, "ed25519" },
    };

    public static TheoryData<string, string> Unusable => new()
    {
        { "RSA of 1024 bits", Rsa(1024, key => key.ExportPkcs8PrivateKeyPem()) },
        { "RSA of 1024 bits", Rsa(1024, key => key.ExportRSAPrivateKeyPem()) },
        { "another curve", Ec(key => key.ExportPkcs8PrivateKeyPem(), ECCurve.NamedCurves.nistP384) },
        { "another curve of 256 bits", Ec(key => key.ExportECPrivateKeyPem(), ECCurve.CreateFromFriendlyName("secp256k1")) },
        { "a public key", Ec(key => key.ExportSubjectPublicKeyInfoPem()) },
        { "an encrypted key", Ec(key => key.ExportEncryptedPkcs8PrivateKeyPem("x", new(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000))) },
        { "a key of unknown kind", PemEncoding.WriteString("PRIVATE KEY", Convert.FromHexString("302e020100300506032b656e042204201111111111111111111111111111111111111111111111111111111111111111")) },
        { "a broken key", PemEncoding.WriteString("PRIVATE KEY", [0x30, 0x03, 0x02, 0x01]) },
        { "a seed of the wrong size", PemEncoding.WriteString("PRIVATE KEY", Convert.FromHexString("302d020100300506032b6570042104" + "1f" + new string('1', 62))) },
        { "a broken EC key", PemEncoding.WriteString("EC PRIVATE KEY", [1, 2, 3]) },
        { "a broken RSA key", PemEncoding.WriteString("RSA PRIVATE KEY", [1, 2, 3]) },
        { "PEM without an end", "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp" },
    };

    [Theory]
    [MemberData(nameof(SeedForms))]
    public async Task An_ed25519_seed_may_be_stored_raw_in_hex_or_in_base64(byte[] secret)
    {
        var signed = await new Workbench(secret, "ed25519").RunAsync<SignResult>("sign", new { data = "" });
        Assert.Equal("ed25519", signed.Algorithm);
        Assert.StartsWith("5VZDAMNgrHKQhuLMgG6CioSHfx645dl02HPgZSJJAVVf", signed.Signature, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("short")]
    [InlineData("zz61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")]
    [InlineData("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task What_is_no_seed_is_not_taken_for_one(string secret) =>
        Assert.Equal(VaultErrorCode.UnsupportedOperation, (await new Workbench(secret, "ed25519").RefusalAsync("sign", """{"data":"x"}""")).Code);

    [Theory]
    [MemberData(nameof(PemForms))]
    public async Task A_private_key_is_recognised_by_what_it_is_not_by_its_type(string pem, string algorithm)
    {
        foreach (var type in new[] { "api_key", "ed25519", "certificate" })
        {
            var bench = new Workbench(pem, type);
            var signed = await bench.RunAsync<SignResult>("sign", new { data = "x" });
            Assert.Equal(algorithm, signed.Algorithm);
            Assert.True((await bench.RunAsync<VerifyResult>("verify", new { data = "x", signature = signed.Signature })).Valid);
        }
    }

    [Fact]
    public async Task A_pkcs8_seed_is_the_seed()
    {
        var raw = Convert.FromHexString("d4ee72dbf913584ad5b6d8f1f769f8ad3afe7c28cbf1d4fbe097a88f44755842");
        var expected = (await new Workbench(raw, "ed25519").RunAsync<SignResult>("sign", new { data = "x" })).Signature;
        Assert.Equal(expected, (await new Workbench(Rfc8410).RunAsync<SignResult>("sign", new { data = "x" })).Signature);
        Assert.Equal(expected, (await new Workbench(Rfc8410Version2).RunAsync<SignResult>("sign", new { data = "x" })).Signature);
    }

    [Theory]
    [MemberData(nameof(Unusable))]
    public async Task A_key_that_can_not_be_used_signs_nothing_least_of_all_as_an_hmac_key(string what, string pem)
    {
        foreach (var parameters in new[] { """{"data":"x"}""", """{"data":"x","algorithm":"hmac-sha256"}""" })
        {
            var refused = await new Workbench(pem).RefusalAsync("sign", parameters);
            Assert.True(refused.Code == VaultErrorCode.UnsupportedOperation, what);
            Assert.DoesNotContain("MC4CAQAw", refused.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_empty_secret_signs_nothing() =>
        Assert.Equal(VaultErrorCode.UnsupportedOperation, (await new Workbench("").RefusalAsync("sign", """{"data":"x"}""")).Code);

    private static byte[] Ascii(string text) => System.Text.Encoding.ASCII.GetBytes(text);
}
