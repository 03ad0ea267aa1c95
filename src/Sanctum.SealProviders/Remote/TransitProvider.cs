using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Sanctum.Crypto;
using Sanctum.Sealing;
using Sanctum.SealProviders.Files;

namespace Sanctum.SealProviders.Remote;

/// <summary>
/// A key of the transit engine of OpenBao or HashiCorp Vault encrypts the vault's key, which lies encrypted in the key document. The settings are the path of a file:
/// <see cref="TransitSettings"/>.
/// </summary>
/// <param name="vaultDirectory">The vault's folder, which the settings file must not lie in.</param>
internal sealed class TransitProvider(string vaultDirectory) : ISealProvider
{
    public const string TypeName = "transit";
    private const int KeySize = 32;
    private const int LongestToken = 8192;

    public string Type => TypeName;

    public async Task<ProvidedKey> CreateAsync(SealPlace place, CancellationToken cancellationToken)
    {
        var key = new SecretBytes(KeySize);
        RandomNumberGenerator.Fill(key.Writable);
        var plaintext = KeyBase64Converter.Pinned(key.Span);
        var request = JsonSerializer.SerializeToUtf8Bytes(new TransitPlain(plaintext), TransitJson.Default.TransitPlain);
        try
        {
            var encrypted = await CallAsync(place, "encrypt", request, TransitJson.Default.TransitResponseTransitCipher, cancellationToken).ConfigureAwait(false);
            return encrypted.Ciphertext is { Length: > 0 } ciphertext ? new ProvidedKey(key, ciphertext) : throw Unusable();
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
        var request = JsonSerializer.SerializeToUtf8Bytes(new TransitCipher(data), TransitJson.Default.TransitCipher);
        var decrypted = await CallAsync(place, "decrypt", request, TransitJson.Default.TransitResponseTransitPlain, cancellationToken).ConfigureAwait(false);
        var plaintext = decrypted.Plaintext ?? throw Unusable();
        try
        {
            return new SecretBytes(plaintext);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plaintext);
        }
    }

    // The key is the service's, and can be in use elsewhere.
    public Task<bool> ForgetAsync(SealPlace place, CancellationToken cancellationToken) => Task.FromResult(true);

    private async Task<T> CallAsync<T>(
        SealPlace place, string verb, byte[] request, System.Text.Json.Serialization.Metadata.JsonTypeInfo<TransitResponse<T>> type, CancellationToken cancellationToken)
        where T : class
    {
        var settings = SettingsFile.Read(place.Settings, vaultDirectory, SettingsJson.Default.TransitSettings);
        settings.Require();
        using var service = new RemoteEndpoint(settings.Address, settings.CaFile);
        List<KeyValuePair<string, string>> headers = [new("X-Vault-Token", ReadToken(settings.TokenFile)), new("X-Vault-Request", "true")];
        if (settings.Namespace is { } space)
        {
            headers.Add(new("X-Vault-Namespace", space));
        }

        var (status, body) = await service.PostAsync($"/v1/{settings.Mount}/{verb}/{settings.Key}", request, "application/json", headers, cancellationToken).ConfigureAwait(false);
        try
        {
            return status == HttpStatusCode.OK
                ? JsonSerializer.Deserialize(body, type)?.Data ?? throw Unusable()
                : throw Refused(status, settings, verb);
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

    private static string ReadToken(string path)
    {
        var content = ProviderFile.ReadSecret(path, "its token file", LongestToken);
        try
        {
            var token = content.AsSpan().TrimEnd("\r\n"u8);
            return token.Length > 0 && !token.ContainsAnyExceptInRange((byte)'!', (byte)'~')
                ? Encoding.ASCII.GetString(token)
                : throw new SealProviderException("its token file does not hold a token", "write the token alone on one line");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
        }
    }

    private static SealProviderException Unusable(Exception? inner = null) =>
        new("the response is not that of a transit engine", "check 'address' and 'mount' in the settings file", inner);

    private static SealProviderException Refused(HttpStatusCode status, TransitSettings settings, string verb) => status switch
    {
        HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized => new(
            $"{settings.Address} refused the token ({(int)status})", $"renew the token, and let it update {settings.Mount}/{verb}/{settings.Key}"),
        HttpStatusCode.NotFound => new($"{settings.Address} has no transit key '{settings.Key}' at '{settings.Mount}' (404)", "check 'key', 'mount' and 'namespace' in the settings file"),
        HttpStatusCode.BadRequest => new(
            $"{settings.Address} can't {verb} with the key '{settings.Key}' (400)", "check that it is the key that the vault was sealed with, and that its versions are kept"),
        HttpStatusCode.ServiceUnavailable => new($"{settings.Address} is sealed or not ready (503)", "unseal it, then restart the daemon"),
        HttpStatusCode.TooManyRequests => new($"{settings.Address} has a standby or a limit in the way (429)", "try again later"),
        _ => new($"{settings.Address} responded with {(int)status}", "see its log"),
    };
}

/// <summary>The settings file of a transit provider.</summary>
/// <param name="Address">The service's origin.</param>
/// <param name="Key">The name of the transit key.</param>
/// <param name="TokenFile">A file with a token that may encrypt and decrypt with the key.</param>
internal sealed record TransitSettings(string Address, string Key, string TokenFile)
{
    /// <summary>Where the engine is mounted. Default: <c>transit</c>.</summary>
    public string Mount { get; set; } = "transit";

    /// <summary>The namespace, where the service has them.</summary>
    public string? Namespace { get; set; }

    /// <summary>Authorities that are trusted instead of the system's, in PEM.</summary>
    public string? CaFile { get; set; }

    public void Require()
    {
        if (!IsPath(Key) || !IsPath(Mount) || (Namespace is { } space && !IsPath(space)) || Key.Contains('/', StringComparison.Ordinal))
        {
            throw new SealProviderException("'key', 'mount' or 'namespace' in its settings file is not a name", "use letters, digits, '-', '_' and '.', and '/' between parts of 'mount' and 'namespace'");
        }
    }

    private static bool IsPath(string text) =>
        text.Length is > 0 and <= 256 && text.Trim('/').Split('/').All(part => part.Length > 0 && part is not "." and not ".." && part.All(it => char.IsAsciiLetterOrDigit(it) || it is '-' or '_' or '.'));
}

internal sealed record TransitPlain([property: JsonConverter(typeof(KeyBase64Converter))] byte[]? Plaintext);

internal sealed record TransitCipher(string? Ciphertext);

internal sealed record TransitResponse<T>(T? Data);

// What a service adds one day is its own business; the settings are ours, and strict.
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip)]
[JsonSerializable(typeof(TransitPlain))]
[JsonSerializable(typeof(TransitCipher))]
[JsonSerializable(typeof(TransitResponse<TransitPlain>))]
[JsonSerializable(typeof(TransitResponse<TransitCipher>))]
internal sealed partial class TransitJson : JsonSerializerContext;
