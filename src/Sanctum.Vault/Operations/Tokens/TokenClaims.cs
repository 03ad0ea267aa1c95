using System.Text.Json;
using Sanctum.Credentials;

namespace Sanctum.Operations.Tokens;

/// <summary>What a call wants a token to say, as far as the credential's <see cref="JwtRules"/> let it. RFC 7519, section 4.</summary>
internal sealed class TokenClaims
{
    private readonly JwtRules _rules;
    private readonly IReadOnlyList<KeyValuePair<string, JsonElement>> _asked;

    private TokenClaims(JwtRules rules, IReadOnlyList<KeyValuePair<string, JsonElement>> asked) => (_rules, _asked) = (rules, asked);

    /// <summary>Their names: the operator's, the call's, the vault's.</summary>
    public IEnumerable<string> Names => [.. _rules.Claims.Keys, .. _asked.Select(claim => claim.Key), "iat", "exp"];

    /// <exception cref="VaultException">A claim is not the call's to make, or not of its type; invalid params.</exception>
    public static TokenClaims Read(JwtRules rules, OperationParameters parameters, string member)
    {
        var asked = parameters.OptionalMembers(member);
        foreach (var (name, value) in asked)
        {
            RequireAllowed(rules, name);
            RequireType(name, value);
        }

        return new TokenClaims(rules, asked);
    }

    public void WriteTo(Utf8JsonWriter writer, DateTimeOffset issuedAt, DateTimeOffset expiresAt)
    {
        writer.WriteStartObject();
        foreach (var (name, value) in _rules.Claims)
        {
            writer.WriteString(name, value);
        }

        foreach (var (name, value) in _asked)
        {
            writer.WritePropertyName(name);
            value.WriteTo(writer);
        }

        writer.WriteNumber("iat", issuedAt.ToUnixTimeSeconds());
        writer.WriteNumber("exp", expiresAt.ToUnixTimeSeconds());
        writer.WriteEndObject();
    }

    // The vault's come first, then the operator's: no list of allowed claims opens either.
    private static void RequireAllowed(JwtRules rules, string name)
    {
        if (name is "iat" or "exp")
        {
            throw Errors.ClaimRefused(name, "is set by the vault: leave it out, and send 'lifetime' to say how long the token is valid");
        }

        if (rules.Claims.ContainsKey(name))
        {
            throw Errors.ClaimRefused(name, "is fixed by the operator: leave it out, it is in every token");
        }

        if (!rules.AllowedClaims.Contains(name, StringComparer.Ordinal))
        {
            throw Errors.ClaimRefused(name, rules.AllowedClaims.Count == 0
                ? "is not allowed: a call can set no claims with this credential"
                : $"is not allowed: a call can set {string.Join(", ", rules.AllowedClaims)}");
        }
    }

    // RFC 7519, section 4.1, has types for the claims that it registers. No nested objects: nothing could be said about what is in them.
    private static void RequireType(string name, JsonElement value)
    {
        var (suits, type) = name switch
        {
            "iss" or "sub" or "jti" => (IsText(name, value), "a string"),
            "aud" => (IsText(name, value) || IsTexts(name, value), "a string or an array of strings"),
            "nbf" => (value.ValueKind == JsonValueKind.Number, "a number"),
            _ => (IsText(name, value) || IsTexts(name, value) || value.ValueKind is JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False,
                "a string, a number, a boolean or an array of strings"),
        };
        if (!suits)
        {
            throw Errors.ClaimRefused(name, $"must be {type}");
        }
    }

    private static bool IsTexts(string name, JsonElement value) =>
        value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(item => IsText(name, item));

    // Reading it is what finds half a character in it, which would otherwise be written as another one.
    private static bool IsText(string name, JsonElement value) =>
        value.ValueKind == JsonValueKind.String && OperationParameters.String($"claims.{name}", value) is not null;
}
