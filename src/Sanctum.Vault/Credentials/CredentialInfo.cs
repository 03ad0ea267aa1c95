namespace Sanctum.Credentials;

/// <summary>What there is to know about a credential, except the secret.</summary>
public sealed record CredentialInfo
{
    /// <summary>Where it is.</summary>
    public required CredentialPath Path { get; init; }

    /// <summary>What kind of secret it is: 1 to 32 of <c>[a-z0-9_-]</c>, such as <c>api_key</c> or <c>ed25519</c>.</summary>
    public required string Type { get; init; }

    /// <summary>A line for people; may be empty.</summary>
    public string Description { get; init; } = "";

    /// <summary>Labels to filter by, and that policies can name: see <see cref="CredentialTags"/> for those that mean something to the vault.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>How sensitive it is: the highest of its tags that says so, or <c>confidential</c>.</summary>
    public string Classification => CredentialTags.ClassificationOf(Tags);

    /// <summary>The hosts that a request with this secret may go to, over HTTPS and at public addresses, with a port where it is
    /// not 443; empty means none.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>Exceptions that the operator spelled out: exact origins, such as <c>http://127.0.0.1:8080</c>, that a request may go
    /// to as well, whatever their scheme and wherever their address is.</summary>
    public IReadOnlyList<string> AllowedOrigins { get; init; } = [];

    /// <summary>The only methods of requests with this secret, such as <c>GET</c>; empty means any.</summary>
    public IReadOnlyList<string> Methods { get; init; } = [];

    /// <summary>Patterns over the only paths of requests with this secret, such as <c>/v1/*</c>; empty means any.</summary>
    public IReadOnlyList<string> Paths { get; init; } = [];

    /// <summary>How the secret is put into a request: see <see cref="Egress.Injections.Injection"/>. Null leaves it to the call.</summary>
    public string? HeaderType { get; init; }

    /// <summary>Names of headers and query parameters with other credentials that requests may carry beside this one, such as
    /// <c>DD-APPLICATION-KEY</c>; empty means none.</summary>
    public IReadOnlyList<string> AllowedCredentials { get; init; } = [];

    /// <summary>What JWTs may be minted with this private key; null means none.</summary>
    public JwtRules? Jwt { get; init; }

    /// <summary>The number of the current version, from 1.</summary>
    public required int Version { get; init; }

    /// <summary>When the first version was stored.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the current version was stored.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }
}
