using System.Globalization;
using Sanctum.Egress;
using Sanctum.Text;

namespace Sanctum.Credentials;

/// <summary>What a credential may look like. What does not fit is refused, never repaired.</summary>
internal static class CredentialRules
{
    private const int MaxDescription = 1024;
    private const int MaxTags = 32;
    private const int MaxTag = 64;
    private const int MaxType = 32;
    private const string DefaultType = "api_key";

    public static void Validate(int secretLength, CredentialOptions? options, VaultOptions limits)
    {
        if (secretLength == 0)
        {
            throw Errors.InvalidParams("value", "a secret has at least one byte");
        }

        if (secretLength > limits.MaxSecretBytes)
        {
            throw Errors.InvalidParams("value", string.Create(
                CultureInfo.InvariantCulture, $"a secret is at most {limits.MaxSecretBytes} bytes, and this one has {secretLength}"));
        }

        if (options is null)
        {
            return;
        }

        if (options.Type is { } type && (type.Length is 0 or > MaxType || !type.All(IsTypeCharacter)))
        {
            throw Errors.InvalidParams("type", $"a type is 1 to {MaxType} of a-z, 0-9, '_' and '-'");
        }

        if (options.Description is { } description && !LineOfText.IsValid(description, MaxDescription))
        {
            throw Errors.InvalidParams("description", $"a description is one line of at most {MaxDescription} characters");
        }

        if (options.Tags is { } tags && (tags.Count > MaxTags || !tags.All(IsTag)))
        {
            throw Errors.InvalidParams("tags", $"a credential has at most {MaxTags} tags, each 1 to {MaxTag} printable characters without spaces");
        }

        BindingRules.Validate(options);
        if (options.Jwt is { } jwt)
        {
            JwtRulesCheck.Validate(jwt);
        }

        var given = (options.HeaderType is null ? CredentialParts.None : CredentialParts.HeaderType) | (options.Jwt is null ? CredentialParts.None : CredentialParts.Jwt);
        if ((options.Clear & given) != CredentialParts.None)
        {
            throw Errors.InvalidParams("clear", "a part can't be both given and cleared");
        }
    }

    /// <summary>What a credential is after storing: what was given, without what was taken off, and for the rest what it was.</summary>
    public static CredentialInfo Merge(CredentialPath path, CredentialInfo? known, CredentialOptions? options, DateTimeOffset now) => new()
    {
        Path = path,
        Type = options?.Type ?? known?.Type ?? DefaultType,
        Description = options?.Description ?? known?.Description ?? "",

        // Copies: what was checked and recorded must not be changed afterwards through a list that the caller still holds.
        Tags = [.. options?.Tags ?? known?.Tags ?? []],
        Hosts = [.. options?.Hosts ?? known?.Hosts ?? []],
        AllowedOrigins = [.. options?.AllowedOrigins ?? known?.AllowedOrigins ?? []],
        Methods = [.. options?.Methods ?? known?.Methods ?? []],
        Paths = [.. options?.Paths ?? known?.Paths ?? []],
        AllowedCredentials = [.. options?.AllowedCredentials ?? known?.AllowedCredentials ?? []],
        HeaderType = options?.HeaderType ?? (Clears(options, CredentialParts.HeaderType) ? null : known?.HeaderType),
        Jwt = options?.Jwt is { } jwt ? JwtRulesCheck.Copy(jwt) : Clears(options, CredentialParts.Jwt) ? null : known?.Jwt,
        Version = (known?.Version ?? 0) + 1,
        CreatedAt = known?.CreatedAt ?? now,
        UpdatedAt = now,
    };

    /// <summary>
    /// Whether what was begun with a credential may go on with what is at its path now: it is the same one, with the same rules. Another version of its secret changes neither.
    /// Where requests may go is <see cref="Binding"/>'s, and whether it is a honeytoken <see cref="CredentialTags"/>'.
    /// </summary>
    public static bool MayGoOn(CredentialInfo begun, CredentialInfo now) => ReferenceEquals(begun, now)
        || (now.CreatedAt == begun.CreatedAt
            && now.Version >= begun.Version
            && now.Type == begun.Type
            && now.HeaderType == begun.HeaderType
            && JwtRules.AreSame(now.Jwt, begun.Jwt)
            && begun.AllowedCredentials.All(name => CredentialCarriers.IsAllowed(name, now.AllowedCredentials)));

    private static bool Clears(CredentialOptions? options, CredentialParts part) => options is not null && options.Clear.HasFlag(part);

    private static bool IsTypeCharacter(char c) => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '_' or '-';

    private static bool IsTag(string? tag) => tag is { Length: > 0 } && LineOfText.IsValid(tag, MaxTag) && !tag.Any(char.IsWhiteSpace);
}
