namespace Sanctum.Credentials;

/// <summary>What to say of a credential when storing it. Null leaves what an existing credential has, and an empty list takes off what it has.</summary>
public sealed record CredentialOptions
{
    /// <summary>See <see cref="CredentialInfo.Type"/>. Default for a new one: <c>api_key</c>.</summary>
    public string? Type { get; init; }

    /// <summary>See <see cref="CredentialInfo.Description"/>.</summary>
    public string? Description { get; init; }

    /// <summary>See <see cref="CredentialInfo.Tags"/>.</summary>
    public IReadOnlyList<string>? Tags { get; init; }

    /// <summary>See <see cref="CredentialInfo.Hosts"/>.</summary>
    public IReadOnlyList<string>? Hosts { get; init; }

    /// <summary>See <see cref="CredentialInfo.AllowedOrigins"/>.</summary>
    public IReadOnlyList<string>? AllowedOrigins { get; init; }

    /// <summary>See <see cref="CredentialInfo.Methods"/>.</summary>
    public IReadOnlyList<string>? Methods { get; init; }

    /// <summary>See <see cref="CredentialInfo.Paths"/>.</summary>
    public IReadOnlyList<string>? Paths { get; init; }

    /// <summary>See <see cref="CredentialInfo.HeaderType"/>.</summary>
    public string? HeaderType { get; init; }

    /// <summary>See <see cref="CredentialInfo.AllowedCredentials"/>.</summary>
    public IReadOnlyList<string>? AllowedCredentials { get; init; }

    /// <summary>See <see cref="CredentialInfo.Jwt"/>.</summary>
    public JwtRules? Jwt { get; init; }

    /// <summary>What to take off of an existing credential. What is not there need not be; the same may not be given beside it.</summary>
    public CredentialParts Clear { get; init; }
}
