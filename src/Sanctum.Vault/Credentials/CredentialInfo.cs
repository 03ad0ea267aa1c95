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

    /// <summary>Labels to filter by.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>The hosts that a request with this secret may go to; empty means none.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>How the secret is put into a header when a call does not say: <c>bearer</c>, <c>api_key</c>, <c>basic</c> or <c>custom:NAME</c>.</summary>
    public string? HeaderType { get; init; }

    /// <summary>The number of the current version, from 1.</summary>
    public required int Version { get; init; }

    /// <summary>When the first version was stored.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the current version was stored.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }
}
