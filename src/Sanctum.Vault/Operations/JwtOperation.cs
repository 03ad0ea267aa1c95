using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Sanctum.Credentials;
using Sanctum.Crypto;
using Sanctum.Operations.Signing;
using Sanctum.Operations.Tokens;

namespace Sanctum.Operations;

/// <summary>
/// <c>jwt</c>: mints a JSON Web Token (RFC 7519) in the compact form (RFC 7515, section 7.1), signed with the stored private key. Only what
/// the operator's <see cref="JwtRules"/> allow is ever said in one.
/// </summary>
internal sealed class JwtOperation : IComputedOperation
{
    private const int MaxKeyId = 256;

    // Long enough to be exchanged or used at once, which is what such tokens are for; more has to be asked for.
    private static readonly TimeSpan DefaultLifetime = TimeSpan.FromMinutes(5);

    // What GitHub asks for: a service whose clock is behind must not see a token from the future.
    private static readonly TimeSpan Backdated = TimeSpan.FromSeconds(60);

    /// <summary>What it is.</summary>
    public static OperationDescription Described { get; } = new()
    {
        Name = OperationNames.Jwt,
        Summary = "Mints a JSON Web Token that says what the credential's rules allow.",
        Parameters =
        [
            new("claims", "The claims that the rules let a call set.") { Type = ParameterType.Members },
            new("lifetime", "Whole seconds from iat to exp, at most what the rules say.") { Type = ParameterType.Number, Unit = "seconds" },
            new("key_id", "The kid of the header: 1 to 256 visible ASCII characters."),
            new("algorithm", "RS256, PS256, ES256 or EdDSA, whichever the key can sign with."),
        ],
        Results = ["token", "algorithm", "expires_at"],
    };

    public OperationDescription Description => Described;

    public void RequireSuitable(CredentialInfo credential, SecretBytes secret)
    {
        _ = RulesOf(credential);
        using var key = SigningKey.Open(credential, secret);
        _ = JwsAlgorithm.Choose(key, requested: null);
    }

    public ValueTask<OperationResult> RunAsync(OperationContext context, JsonElement parameters)
    {
        var rules = RulesOf(context.Credential);
        var read = OperationParameters.Read(parameters, Described);
        var claims = TokenClaims.Read(rules, read, "claims");
        var (issuedAt, expiresAt) = Times(context.TimeProvider.GetUtcNow(), LifetimeOf(rules, read.OptionalNumber("lifetime")));
        var keyId = KeyIdOf(read.OptionalText("key_id"));
        using var key = SigningKey.Open(context.Credential, context.Secret);
        var algorithm = JwsAlgorithm.Choose(key, read.OptionalText("algorithm"));
        context.RequireAlgorithm(algorithm.SignAlgorithm);
        context.Details["algorithm"] = algorithm.SignAlgorithm;
        context.Details["key_version"] = context.Credential.Version.ToString(CultureInfo.InvariantCulture);
        context.Details["claims"] = string.Join(' ', claims.Names);
        context.Details["expires_at"] = expiresAt.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

        var signed = $"{Encoded(writer => WriteHeader(writer, algorithm, keyId))}.{Encoded(writer => claims.WriteTo(writer, issuedAt, expiresAt))}";
        var signature = new byte[key.MaxSignatureSize];
        var size = key.SignForJws(algorithm.SignAlgorithm, Encoding.ASCII.GetBytes(signed), signature);
        var result = new JwtResult($"{signed}.{Base64Url.EncodeToString(signature.AsSpan(0, size))}", algorithm.Name, expiresAt);
        result.RequireFits(context.MaxResultBytes, result.Token.Length);
        return new(result);
    }

    private static JwtRules RulesOf(CredentialInfo credential) => credential.Jwt ?? throw Errors.NoJwtRules();

    // The lifetime is all of it, from iat to exp: services that bound it measure it so (GitHub 10 minutes, Apple 20, Google an hour).
    private static (DateTimeOffset IssuedAt, DateTimeOffset ExpiresAt) Times(DateTimeOffset now, TimeSpan lifetime)
    {
        var back = Math.Min((long)Backdated.TotalSeconds, (long)lifetime.TotalSeconds / 2);
        var issuedAt = DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds() - back);
        return (issuedAt, issuedAt + lifetime);
    }

    private static TimeSpan LifetimeOf(JwtRules rules, double? requested)
    {
        if (requested is not { } seconds)
        {
            return rules.MaxLifetime < DefaultLifetime ? rules.MaxLifetime : DefaultLifetime;
        }

        return seconds >= 1 && seconds <= rules.MaxLifetime.TotalSeconds && seconds == Math.Truncate(seconds)
            ? TimeSpan.FromSeconds(seconds)
            : throw Errors.InvalidParams("lifetime", string.Create(
                CultureInfo.InvariantCulture, $"'lifetime' must be 1 to {rules.MaxLifetime.TotalSeconds} whole seconds with this credential"));
    }

    private static string? KeyIdOf(string? requested) =>
        requested is null || (requested.Length is > 0 and <= MaxKeyId && !requested.AsSpan().ContainsAnyExceptInRange('!', '~'))
            ? requested
            : throw Errors.InvalidParams("key_id", $"'key_id' is 1 to {MaxKeyId} visible ASCII characters");

    private static void WriteHeader(Utf8JsonWriter writer, JwsAlgorithm algorithm, string? keyId)
    {
        writer.WriteStartObject();
        writer.WriteString("alg", algorithm.Name);
        writer.WriteString("typ", "JWT");
        if (keyId is not null)
        {
            writer.WriteString("kid", keyId);
        }

        writer.WriteEndObject();
    }

    private static string Encoded(Action<Utf8JsonWriter> write)
    {
        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json))
        {
            write(writer);
        }

        return Base64Url.EncodeToString(json.WrittenSpan);
    }
}

/// <summary>A token.</summary>
/// <param name="Token">Its three parts, with dots between them.</param>
/// <param name="Algorithm">What it was signed with: <c>RS256</c>, <c>PS256</c>, <c>ES256</c> or <c>EdDSA</c>.</param>
/// <param name="ExpiresAt">Until when it is good: its <c>exp</c>.</param>
public sealed record JwtResult(string Token, string Algorithm, DateTimeOffset ExpiresAt) : OperationResult
{
    /// <inheritdoc/>
    public override void WriteTo(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteString("token", Token);
        writer.WriteString("algorithm", Algorithm);
        writer.WriteString("expires_at", ExpiresAt);
        writer.WriteEndObject();
    }

    /// <summary>Says what it is, never the token, which is as good as a password while it lasts.</summary>
    public override string ToString() => nameof(JwtResult);
}
