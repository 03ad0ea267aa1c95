using Sanctum.Credentials;

namespace Sanctum.Policies.Proposals;

/// <summary>What an agent asks an operator to grant it.</summary>
public sealed record AccessRequest
{
    /// <summary>The credential; null where the agent knows only a service.</summary>
    public CredentialPath? Path { get; init; }

    /// <summary>The service whose credential the operator is to choose, such as <c>github</c>: 1 to 64 of <c>[A-Za-z0-9._-]</c>. Null where there is a path.</summary>
    public string? Service { get; init; }

    /// <summary>What it is for: an operation that gives no secret away, such as <c>http_request</c>, or <c>retrieve</c>.</summary>
    public required string Operation { get; init; }

    /// <summary>The only hosts that requests would go to, at most 16; empty for those of the credential.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>Why, in the agent's words: 1 to 500 characters.</summary>
    public required string Reason { get; init; }

    /// <summary>For how long, 60 seconds to 30 days. Default: an hour.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromHours(1);
}
