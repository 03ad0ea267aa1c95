using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Sanctum.Operations;
using Sanctum.Operations.Signing;
using static Sanctum.Tests.Operations.Signing.SignVerifyTests;

namespace Sanctum.Tests.Operations.Signing;

/// <summary>Keys in forms that are not signed with: least of all is a public one an HMAC key, which everybody would have.</summary>
public sealed class KeyMaterialTests
{
    private const string SshPublic = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGPKSUrDBVdYVr3qYUNjcLdTBTDBLGSBdGKHAzzTnQEy ada@example.com";
    private const string Age = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kudtzpytqz8t0de";
    private const string Minisign = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";

    private static readonly string Public = Ec(key => key.ExportSubjectPublicKeyInfoPem());
    private static readonly string Private = Ec(key => key.ExportPkcs8PrivateKeyPem());
    private static readonly byte[] Der = EcBytes(key => key.ExportSubjectPublicKeyInfo());

    public static TheoryData<string, byte[]> Forms
    {
        get
        {
            using var rsa = RSA.Create(2048);
            var jwk = $$"""{"kty":"RSA","n":"{{Base64Url.EncodeToString(rsa.ExportParameters(false).Modulus)}}","e":"AQAB"}""";
            var request = new CertificateRequest("CN=a", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
            using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
            var data = new TheoryData<string, byte[]>();
            void Add(string what, byte[] secret) => data.Add(what, secret);
            void AddText(string what, string secret) => Add(what, Encoding.UTF8.GetBytes(secret));

            AddText("JWK", jwk);
            AddText("JWK with white space", $"\n  {jwk.Replace(",", " ,\r\n\t", StringComparison.Ordinal).Replace(":", " : ", StringComparison.Ordinal)}\n");
            AddText("JWK with single quotes", jwk.Replace('"', '\''));
            AddText("JWK with a byte order mark", "\uFEFF" + jwk);
            AddText("JWKS", $$"""{"keys":[{{jwk}}]}""");
            AddText("JWK in base64url", Base64Url.EncodeToString(Encoding.UTF8.GetBytes(jwk)));
            AddText("JSON with PEM in it", JsonSerializer.Serialize(new { type = "service_account", private_key = Private }));
            AddText("a key of 64 numbers", JsonSerializer.Serialize(Enumerable.Range(0, 64)));
            AddText("PEM, public", Public);
            AddText("PEM with dashes of a word processor", Public.Replace("--", "–", StringComparison.Ordinal));
            AddText("PEM in lower case", Public.ToLowerInvariant());
            AddText("certificate", certificate.ExportCertificatePem());
            AddText("certificate request", request.CreateSigningRequestPem());
            AddText("public key in one line", Public.Replace("\n", "\\n", StringComparison.Ordinal));
            AddText("PEM in base64", Base64(Public));
            AddText("PEM in base64 in lines", Convert.ToBase64String(Encoding.UTF8.GetBytes(Public), Base64FormattingOptions.InsertLineBreaks));
            AddText("private PEM in base64", Base64(Private));
            AddText("PEM in base64url", Base64Url.EncodeToString(Encoding.UTF8.GetBytes(Public)));
            AddText("PEM in base64 in base64", Base64(Base64(Public)));
            AddText("PEM without its first and last line", string.Concat(Public.Split('\n')[1..^1]));
            Add("DER", Der);
            Add("DER and a line break", [.. Der, (byte)'\n']);
            Add("DER, certificate", certificate.RawData);
            Add("DER, RSA public key", rsa.ExportRSAPublicKey());
            Add("DER, Ed25519", Convert.FromHexString("302a300506032b657003210019bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1"));
            AddText("DER in base64", Convert.ToBase64String(Der));
            AddText("DER in base64url", Base64Url.EncodeToString(Der));
            AddText("DER in hex", Convert.ToHexStringLower(Der));
            AddText("DER in hex with colons", string.Join(':', Der.Select(it => it.ToString("X2", System.Globalization.CultureInfo.InvariantCulture))));
            AddText("DER with base64: before it", "base64:" + Convert.ToBase64String(Der));
            AddText("PKCS #12 in base64", Convert.ToBase64String(certificate.Export(X509ContentType.Pkcs12, "x")));
            Add("PKCS #12", certificate.Export(X509ContentType.Pkcs12, "x"));
            Add("PEM in UTF-16", Encoding.Unicode.GetBytes(Public));
            Add("PEM in UTF-16 with a byte order mark", [0xFF, 0xFE, .. Encoding.Unicode.GetBytes(Public)]);
            Add("private PEM in UTF-16, the other way", [0xFE, 0xFF, .. Encoding.BigEndianUnicode.GetBytes(Private)]);
            Add("JWK in UTF-16", Encoding.Unicode.GetBytes(jwk));
            AddText("SSH", SshPublic);
            AddText("SSH, RSA", "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC7 ada");
            AddText("SSH, ECDSA", "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBA==");
            AddText("SSH, as a line of known_hosts", "github.com " + SshPublic);
            AddText("SSH, as a line of authorized_keys", "restrict,command=\"/bin/true\" " + SshPublic);
            AddText("SSH without its name", SshPublic.Split(' ')[1]);
            AddText("SSH2", "---- BEGIN SSH2 PUBLIC KEY ----\nAAAAC3NzaC1lZDI1NTE5AAAA\n---- END SSH2 PUBLIC KEY ----\n");
            AddText("OpenSSH, private", "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW\n-----END OPENSSH PRIVATE KEY-----\n");
            AddText("OpenSSH, private, without its first and last line", "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZWQy");
            AddText("PuTTY", "PuTTY-User-Key-File-3: ssh-ed25519\r\nEncryption: none\r\n");
            AddText("age", Age);
            AddText("age in capitals", Age.ToUpperInvariant());
            AddText("age, private", "# created: 2026-01-01\n# public key: " + Age + "\nAGE-SECRET-KEY-1QQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQ\n");
            AddText("minisign", "untrusted comment: minisign public key E7620F1842B4E81F\n" + Minisign + "\n");
            AddText("minisign without its comment", Minisign);
            AddText("OpenPGP", "-----BEGIN PGP PUBLIC KEY BLOCK-----\nComment: x\n\nmDMEYQ==\n=abcd\n-----END PGP PUBLIC KEY BLOCK-----\n");
            AddText("XML", rsa.ToXmlString(includePrivateParameters: false));
            AddText("as openssl prints it", "Public-Key: (256 bit)\npub:\n    04:6b:17\nASN1 OID: prime256v1\n");
            AddText("PASERK", "k4.public.cHFyc3R1dnd4eXp7fH1-f4CBgoOEhYaHiImKi4yNjo8");
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task No_text_that_is_a_key_of_another_kind_is_an_hmac_key(string what, byte[] secret)
    {
        var bench = new Workbench(secret, "hmac");
        var mac = Convert.ToBase64String(HMACSHA256.HashData(secret, "x"u8));
        VaultException[] refused =
        [
            await bench.RefusalAsync("sign", """{"data":"x"}"""),
            await bench.RefusalAsync("sign", """{"data":"x","algorithm":"hmac-sha256"}"""),
            await bench.RefusalAsync("verify", $$"""{"data":"x","signature":"{{mac}}","algorithm":"hmac-sha256"}"""),
        ];

        Assert.All(refused, it => Assert.True(it.Code == VaultErrorCode.UnsupportedOperation && it.Message.StartsWith("this secret is ", StringComparison.Ordinal), $"{what}: {it.Message}"));
    }

    [Theory]
    [InlineData("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    [InlineData("whsec_plJ3nmyCDGBKInavdOK15jsl")]
    [InlineData("4f8a1c9e2b7d60359c1e8f4a2d7b63504f8a1c9e2b7d60359c1e8f4a2d7b6350")]
    [InlineData("T5C0vfFKbNZdvD3jp87AA7WUwCHRCGBrf3mRWCKlSx4=")]
    [InlineData("ghp_16C7e42F292c6912E7710c838347Ae178B4a")]
    [InlineData("xoxb-17653672481-19874698323-pdFZKVeTuE8sk7oOcBrzbqgy")]
    [InlineData("base64:T5C0vfFKbNZdvD3jp87AA7WUwCHRCGBrf3mRWCKlSx4=")]
    [InlineData("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJlLW9mLXRoaXMtdG9rZW4")]
    [InlineData("let-us-begin with the public key of it all")]
    [InlineData("ssh-ed25519 is my favourite")]
    [InlineData("age1")]
    [InlineData("{abc]")]
    [InlineData("[a secret in brackets]")]
    [InlineData("0")]
    [InlineData("-----")]
    [InlineData("\\n\\n")]
    [InlineData("\uFEFF")]
    [InlineData(" \n")]
    public async Task A_random_text_still_is_one(string secret)
    {
        var signed = await new Workbench(secret).RunAsync<SignResult>("sign", new { data = "x" });

        Assert.Equal(Convert.ToBase64String(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), "x"u8)), signed.Signature);
    }

    [Fact]
    public void Random_bytes_are_not_taken_for_a_key_whatever_they_are_written_as()
    {
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = SHA512.HashData(BitConverter.GetBytes(i)).AsSpan(0, 16 + (i % 49));
            foreach (var secret in new[] { bytes.ToArray(), Utf8(Convert.ToBase64String(bytes)), Utf8(Base64Url.EncodeToString(bytes)), Utf8(Convert.ToHexString(bytes)) })
            {
                Assert.Null(KeyMaterial.KindOf(secret));
            }
        }
    }

    [Fact]
    public void Bytes_that_begin_as_DER_without_a_length_and_never_end_are_no_key()
    {
        foreach (var inner in new byte[] { 0x02, 0x06, 0x30, 0x80, 0xFF })
        {
            Assert.Null(KeyMaterial.KindOf([0x30, 0x80, .. Enumerable.Repeat(inner, 62)]));
        }
    }

    public static TheoryData<string, string> PemOfLife => new()
    {
        { "a byte order mark", "\uFEFF" + Private },
        { "white space before it", " \t\r\n" + Private },
        { "two line breaks after it", Private + "\n\n" },
        { "one line", Private.Replace("\n", "\\n", StringComparison.Ordinal) },
        { "one line that ends with a line break", Private.Replace("\n", "\\n", StringComparison.Ordinal) + "\\n\n" },
        { "one line with CR LF", Private.Replace("\n", "\\r\\n", StringComparison.Ordinal) },
        { "one line in quotes", $"\"{Private.Replace("\n", "\\n", StringComparison.Ordinal)}\"" },
        { "one line with spaces", Private.Replace('\n', ' ') },
        { "one line with a byte order mark", "\uFEFF" + Private.Replace("\n", "\\n", StringComparison.Ordinal) },
    };

    [Theory]
    [MemberData(nameof(PemOfLife))]
    public async Task A_private_key_is_read_as_variables_and_editors_leave_it(string what, string pem)
    {
        var signed = await new Workbench(pem).RunAsync<SignResult>("sign", new { data = "x" });

        Assert.True(signed.Algorithm == "ecdsa-p256-sha256", what);
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static byte[] EcBytes(Func<ECDsa, byte[]> export)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return export(key);
    }
}
