using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using Sanctum.SealProviders.Remote;
using Sanctum.Sealing;

namespace Sanctum.SealProviders.Tests;

/// <summary>Against a real HTTPS server that checks signatures as AWS documents them, and speaks the API of KMS.</summary>
public sealed class AwsKmsTests : IAsyncLifetime
{
    private const string SecretKey = "CANARY/secret+access+key/of/forty+characters";

    private readonly Folder _folder = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
    private KeyService _service = null!;
    private string _settings = "";

    public async ValueTask InitializeAsync()
    {
        _service = await KeyService.StartAsync();
        _service.Respond = KmsAsync;
        var credentials = _folder.Write("credentials", $"""
            [default]
            aws_access_key_id = AKIDWRONG
            aws_secret_access_key = wrong

            # The one of the settings.
            [sanctum]
            aws_access_key_id = AKIDEXAMPLE
            aws_secret_access_key = {SecretKey}
            """);
        _settings = _folder.Write("kms.json", $$"""
            { "region": "eu-central-1", "key_id": "alias/sanctum", "endpoint": "{{_service.Origin}}", "ca_file": "{{_folder.Write("ca.pem", _service.Authority!.CaPem)}}",
              "credentials_file": "{{credentials}}", "profile": "sanctum" }
            """);
    }

    public async ValueTask DisposeAsync()
    {
        await _service.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task KMS_encrypts_the_key_for_this_vault_and_gives_it_out_again()
    {
        var provider = new AwsKms(_folder.Vault, _time);
        var place = Failing.Place(_settings);
        using var created = await provider.CreateAsync(place, default);
        using var opened = await provider.OpenAsync(place, created.Data, default);
        Assert.Equal(created.Key.Span, opened.Span);

        var other = await Failing.WithAsync("InvalidCiphertextException", () => provider.OpenAsync(place with { VaultId = Guid.NewGuid() }, created.Data, default));
        Assert.Contains("key that the vault was sealed with", other.Suggestion, StringComparison.Ordinal);
        Assert.Equal(3, _service.Requests);
    }

    [Theory]
    [InlineData("AccessDeniedException", "kms:Decrypt")]
    [InlineData("com.amazonaws.kms#NotFoundException", "key_id")]
    [InlineData("DisabledException", "enable the key")]
    [InlineData("ExpiredTokenException", "clock")]
    [InlineData("<script>CANARY", "documentation")]
    public async Task What_it_refuses_is_told_by_its_type_alone(string type, string advice)
    {
        _service.Respond = async http =>
        {
            http.Response.StatusCode = 400;
            await http.Response.WriteAsync($$"""{"__type":"{{type}}","message":"CANARY of the service"}""");
        };
        var failure = await Failing.WithAsync("refused with 400", () => OpenAsync());
        Assert.Contains(advice, failure.Suggestion, StringComparison.Ordinal);
        Assert.DoesNotContain("CANARY", failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_access_key_is_refused_by_the_signature()
    {
        File.WriteAllText(_settings, File.ReadAllText(_settings).Replace("\"profile\": \"sanctum\"", "\"profile\": \"default\"", StringComparison.Ordinal));
        Assert.Contains("InvalidSignatureException", (await Failing.WithAsync("refused", () => OpenAsync())).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"profile\": \"none\"", "no AWS access key in the profile 'none'")]
    [InlineData("\"credentials_file\": \"/none\"", "does not exist")]
    public async Task Without_an_access_key_it_says_so(string member, string words)
    {
        var kept = JsonNode.Parse(File.ReadAllText(_settings))!.AsObject();
        foreach (var (name, value) in JsonNode.Parse($"{{{member}}}")!.AsObject())
        {
            kept[name] = value?.DeepClone();
        }

        File.WriteAllText(_settings, kept.ToJsonString());
        await Failing.WithAsync(words, () => OpenAsync());
        Assert.Equal(0, _service.Requests);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"Plaintext":"?"}""")]
    public async Task What_is_no_response_of_KMS_is_refused(string body)
    {
        _service.Respond = http => http.Response.WriteAsync(body);
        await Failing.WithAsync("not that of AWS KMS", () => OpenAsync());
    }

    [Fact]
    public async Task What_the_vault_keeps_for_it_is_checked_before_it_is_sent()
    {
        await Failing.WithAsync("not a ciphertext of AWS KMS", () => new AwsKms(_folder.Vault, _time).OpenAsync(Failing.Place(_settings), "no base64!", default));
        Assert.Equal(0, _service.Requests);
    }

    private Task OpenAsync() => new AwsKms(_folder.Vault, _time).OpenAsync(Failing.Place(_settings), Convert.ToBase64String(new byte[40]), default);

    private async Task KmsAsync(HttpContext http)
    {
        using var buffer = new MemoryStream();
        await http.Request.Body.CopyToAsync(buffer);
        var body = JsonNode.Parse(buffer.ToArray())!.AsObject();
        if (!IsSigned(http.Request, buffer.ToArray()))
        {
            await RefuseAsync(http, "InvalidSignatureException");
            return;
        }

        Assert.Equal(("/", "application/x-amz-json-1.1", "alias/sanctum"), (http.Request.Path.Value, http.Request.ContentType, (string?)body["KeyId"]));
        var context = Assert.Single(body["EncryptionContext"]!.AsObject());
        Assert.Equal("sanctum:vault", context.Key);
        var bound = SHA256.HashData(Encoding.UTF8.GetBytes((string)context.Value!));
        switch (http.Request.Headers["X-Amz-Target"].ToString())
        {
            case "TrentService.Encrypt":
                byte[] blob = [.. bound, .. Convert.FromBase64String((string)body["Plaintext"]!).Select(it => (byte)~it)];
                await http.Response.WriteAsync($$"""{"CiphertextBlob":"{{Convert.ToBase64String(blob)}}","KeyId":"arn","EncryptionAlgorithm":"SYMMETRIC_DEFAULT"}""");
                break;
            case "TrentService.Decrypt":
                var given = Convert.FromBase64String((string)body["CiphertextBlob"]!);
                if (!given.AsSpan(0, 32).SequenceEqual(bound))
                {
                    await RefuseAsync(http, "InvalidCiphertextException");
                    break;
                }

                await http.Response.WriteAsync($$"""{"Plaintext":"{{Convert.ToBase64String([.. given[32..].Select(it => (byte)~it)])}}","KeyId":"arn"}""");
                break;
            default:
                throw new InvalidOperationException("no such target");
        }
    }

    private static async Task RefuseAsync(HttpContext http, string type)
    {
        http.Response.StatusCode = 400;
        await http.Response.WriteAsync($$"""{"__type":"{{type}}"}""");
    }

    // AWS General Reference, "Create a signed AWS API request", written here anew.
    private bool IsSigned(HttpRequest request, byte[] body)
    {
        var stamp = _time.GetUtcNow().ToString("yyyyMMdd'T'HHmmss'Z'", System.Globalization.CultureInfo.InvariantCulture);
        var authorization = request.Headers.Authorization.ToString();
        var names = authorization.Split("SignedHeaders=")[1].Split(',')[0].Split(';');
        Assert.Superset(new HashSet<string> { "host", "x-amz-date", "x-amz-target" }, names.ToHashSet());
        var headers = string.Concat(names.Select(name => $"{name}:{request.Headers[name].ToString().Trim()}\n"));
        var canonical = $"POST\n/\n\n{headers}\n{string.Join(';', names)}\n{Hex(SHA256.HashData(body))}";
        var scope = $"{stamp[..8]}/eu-central-1/kms/aws4_request";
        var toSign = $"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{Hex(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}";
        var key = scope.Split('/').Aggregate(Encoding.UTF8.GetBytes("AWS4" + SecretKey), Mac);
        return authorization.StartsWith($"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/{scope}", StringComparison.Ordinal)
            && authorization.EndsWith($"Signature={Hex(Mac(key, toSign))}", StringComparison.Ordinal);
    }

    private static byte[] Mac(byte[] key, string text) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text));

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}
