using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Sanctum.Crypto;
using Sanctum.Egress.Aws;
using Sanctum.Sealing;
using Sanctum.SealProviders.Files;

namespace Sanctum.SealProviders.Remote;

/// <summary>
/// A key of AWS KMS encrypts the vault's key, which lies encrypted in the key document, with the vault's id as encryption context: <c>sanctum:vault</c>. The settings are the
/// path of a file: <see cref="AwsKmsSettings"/>.
/// </summary>
/// <param name="vaultDirectory">The vault's folder, which the settings file must not lie in.</param>
/// <param name="time">The clock; AWS accepts signatures of the last five minutes.</param>
internal sealed class AwsKms(string vaultDirectory, TimeProvider time) : ISealProvider
{
    public const string TypeName = "aws-kms";
    private const int KeySize = 32;
    private const string ContentType = "application/x-amz-json-1.1";

    public string Type => TypeName;

    public async Task<ProvidedKey> CreateAsync(SealPlace place, CancellationToken cancellationToken)
    {
        var settings = SettingsFile.Read(place.Settings, vaultDirectory, SettingsJson.Default.AwsKmsSettings);
        var key = new SecretBytes(KeySize);
        RandomNumberGenerator.Fill(key.Writable);
        var plaintext = KeyBase64Converter.Pinned(key.Span);
        var request = JsonSerializer.SerializeToUtf8Bytes(new KmsEncrypt(settings.KeyId, plaintext, Context(place)), KmsJson.Default.KmsEncrypt);
        try
        {
            var encrypted = await CallAsync(settings, "Encrypt", request, KmsJson.Default.KmsEncrypted, cancellationToken).ConfigureAwait(false);
            return encrypted.CiphertextBlob is { Length: > 0 } blob ? new ProvidedKey(key, Convert.ToBase64String(blob)) : throw Unusable();
        }
        catch
        {
            key.Dispose();
            throw;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plaintext);
            CryptographicOperations.ZeroMemory(request);
        }
    }

    public async Task<SecretBytes> OpenAsync(SealPlace place, string data, CancellationToken cancellationToken)
    {
        var settings = SettingsFile.Read(place.Settings, vaultDirectory, SettingsJson.Default.AwsKmsSettings);
        var blob = new byte[data.Length];
        if (!Convert.TryFromBase64String(data, blob, out var length))
        {
            throw new SealProviderException("what the vault keeps for it is not a ciphertext of AWS KMS", "unseal with the passphrase, then remove the provider and add it again");
        }

        // Only by the key of the settings: whoever writes the document could name one of their own.
        var request = JsonSerializer.SerializeToUtf8Bytes(new KmsDecrypt(settings.KeyId, blob[..length], Context(place)), KmsJson.Default.KmsDecrypt);
        var plaintext = (await CallAsync(settings, "Decrypt", request, KmsJson.Default.KmsDecrypted, cancellationToken).ConfigureAwait(false)).Plaintext ?? throw Unusable();
        try
        {
            return new SecretBytes(plaintext);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plaintext);
        }
    }

    // The key is AWS's, and can be in use elsewhere.
    public Task<bool> ForgetAsync(SealPlace place, CancellationToken cancellationToken) => Task.FromResult(true);

    private static Dictionary<string, string> Context(SealPlace place) => new() { ["sanctum:vault"] = place.VaultId.ToString("D") };

    private async Task<T> CallAsync<T>(AwsKmsSettings settings, string action, byte[] request, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        var scope = AwsScope.Of(settings.Region, "kms") ?? throw new SealProviderException("'region' in its settings file is not a region", "write it like eu-central-1");
        using var service = new RemoteEndpoint(settings.Endpoint ?? $"https://kms.{settings.Region}.amazonaws.com{(settings.Region.StartsWith("cn-", StringComparison.Ordinal) ? ".cn" : "")}", settings.CaFile);
        using var credential = AwsKmsCredential.Read(settings);
        List<KeyValuePair<string, string>> signed = [new("X-Amz-Target", $"TrentService.{action}"), new("Content-Type", ContentType)];
        var signature = AwsSigner.Sign(credential, scope, time.GetUtcNow(), new AwsRequest { Method = "POST", Host = service.Origin.Authority, Path = "/", Headers = signed, Body = request });
        var (status, body) = await service.PostAsync("/", request, ContentType, [signed[0], .. signature.Headers], cancellationToken).ConfigureAwait(false);
        try
        {
            return status == HttpStatusCode.OK ? JsonSerializer.Deserialize(body, type) ?? throw Unusable() : throw Refused(status, body, settings);
        }
        catch (JsonException malformed)
        {
            throw Unusable(malformed);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(body);
        }
    }

    private static SealProviderException Unusable(Exception? inner = null) => new("the response is not that of AWS KMS", "check 'region' and 'endpoint' in the settings file", inner);

    private static SealProviderException Refused(HttpStatusCode status, byte[] body, AwsKmsSettings settings)
    {
        var suggestion = TypeOf(body) switch
        {
            "AccessDeniedException" => "let these credentials call kms:Encrypt and kms:Decrypt with the key",
            "UnrecognizedClientException" or "InvalidClientTokenId" or "InvalidSignatureException" or "ExpiredTokenException" or "IncompleteSignature" =>
                "check the access key, its secret, its session token and this machine's clock",
            "NotFoundException" => "check 'key_id' and 'region' in the settings file",
            "InvalidCiphertextException" or "IncorrectKeyException" => "check that 'key_id' is the key that the vault was sealed with",
            "DisabledException" or "KMSInvalidStateException" or "KeyUnavailableException" => "enable the key in AWS KMS",
            _ => "see AWS's documentation of KMS errors",
        };
        return new SealProviderException($"AWS KMS in {settings.Region} refused with {(int)status} {TypeOf(body)}".TrimEnd(), suggestion);
    }

    // A word of the service's, and nothing that could be anything else.
    private static string TypeOf(byte[] body)
    {
        try
        {
            var type = JsonSerializer.Deserialize(body, KmsJson.Default.KmsError)?.Type?.Split('#')[^1] ?? "";
            return type.Length <= 64 && type.All(char.IsAsciiLetter) ? type : "";
        }
        catch (JsonException)
        {
            return ""; // A gateway's page, as it may be; the status says enough.
        }
    }
}

/// <summary>The settings file of an AWS KMS provider.</summary>
/// <param name="Region">Such as <c>eu-central-1</c>.</param>
/// <param name="KeyId">The key's id, ARN or alias.</param>
internal sealed record AwsKmsSettings(string Region, string KeyId)
{
    /// <summary>An origin in place of the region's own, such as a VPC endpoint.</summary>
    public string? Endpoint { get; set; }

    /// <summary>A file as <c>~/.aws/credentials</c>. Default: the environment's <c>AWS_ACCESS_KEY_ID</c>, then <c>AWS_SHARED_CREDENTIALS_FILE</c>, then <c>~/.aws/credentials</c>.</summary>
    public string? CredentialsFile { get; set; }

    /// <summary>The section of that file.</summary>
    public string Profile { get; set; } = "default";

    /// <summary>Authorities that are trusted instead of the system's, in PEM.</summary>
    public string? CaFile { get; set; }
}

internal sealed record KmsEncrypt(string KeyId, [property: JsonConverter(typeof(KeyBase64Converter))] byte[] Plaintext, IReadOnlyDictionary<string, string> EncryptionContext);

internal sealed record KmsEncrypted(byte[]? CiphertextBlob);

internal sealed record KmsDecrypt(string KeyId, byte[] CiphertextBlob, IReadOnlyDictionary<string, string> EncryptionContext);

internal sealed record KmsDecrypted([property: JsonConverter(typeof(KeyBase64Converter))] byte[]? Plaintext);

internal sealed record KmsError([property: JsonPropertyName("__type")] string? Type);

[JsonSourceGenerationOptions(UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip)]
[JsonSerializable(typeof(KmsEncrypt))]
[JsonSerializable(typeof(KmsEncrypted))]
[JsonSerializable(typeof(KmsDecrypt))]
[JsonSerializable(typeof(KmsDecrypted))]
[JsonSerializable(typeof(KmsError))]
internal sealed partial class KmsJson : JsonSerializerContext;
