using System.Text;
using Sanctum.Crypto;
using Sanctum.Operations;
using Sanctum.Operations.Signing;

namespace Sanctum.Tests.Operations.Signing;

public sealed class KnownAnswerTests
{
    // RFC 4231, section 4: key, data, and the MACs with SHA-256, SHA-384 and SHA-512.
    public static TheoryData<string, string, string, string, string> Rfc4231 => new()
    {
        {
            "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
            "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6",
            "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854"
        },
        {
            "4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649",
            "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"
        },
        {
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", Repeat("dd", 50),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
            "88062608d3e6ad8a0aa2ace014c8a86f0aa635d947ac9febe83ef4e55966144b2a5ab39dc13814b94e3ab6e101a34f27",
            "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292fb"
        },
        {
            Repeat("aa", 131), Convert.ToHexStringLower("Test Using Larger Than Block-Size Key - Hash Key First"u8),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c60c2ef6ab4030fe8296248df163f44952",
            "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598"
        },
    };

    // RFC 8032, section 7.1: seed, message, signature.
    public static TheoryData<string, string, string> Rfc8032 => new()
    {
        {
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        },
        {
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        },
        {
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7", "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
        },
    };

    [Theory]
    [MemberData(nameof(Rfc4231))]
    public void Hmac_is_that_of_rfc_4231(string key, string data, string sha256, string sha384, string sha512)
    {
        using var secret = new SecretBytes(Convert.FromHexString(key));
        using var signer = new SymmetricKey(secret);
        Assert.Equal(sha256, Sign(signer, "hmac-sha256", data));
        Assert.Equal(sha384, Sign(signer, "hmac-sha384", data));
        Assert.Equal(sha512, Sign(signer, "hmac-sha512", data));
    }

    [Theory]
    [MemberData(nameof(Rfc8032))]
    public void Ed25519_is_that_of_rfc_8032(string seed, string message, string signature)
    {
        using var signer = new Ed25519Key(Convert.FromHexString(seed));
        Assert.Equal(signature, Sign(signer, "ed25519", message));
        Assert.True(signer.Verify("ed25519", Convert.FromHexString(message), Convert.FromHexString(signature)));
    }

    [Fact]
    public async Task The_operation_gives_the_signature_in_base64()
    {
        var (key, data, sha256, _, sha512) = Rfc4231.First().Data;
        var bench = new Workbench(Convert.FromHexString(key));
        var text = Encoding.UTF8.GetString(Convert.FromHexString(data));
        Assert.Equal(Convert.ToBase64String(Convert.FromHexString(sha256)), (await bench.RunAsync<SignResult>("sign", new { data = text })).Signature);
        Assert.Equal(
            new SignResult(Convert.ToBase64String(Convert.FromHexString(sha512)), "hmac-sha512"),
            await bench.RunAsync<SignResult>("sign", new { payload = text, algorithm = "hmac-sha512" }));
    }

    private static string Repeat(string hex, int times) => string.Concat(Enumerable.Repeat(hex, times));

    private static string Sign(SigningKey key, string algorithm, string data)
    {
        Span<byte> signature = stackalloc byte[key.MaxSignatureSize];
        var size = key.Sign(algorithm, Convert.FromHexString(data), signature);
        return Convert.ToHexStringLower(signature[..size]);
    }
}
