using System.Text.Json.Serialization;

namespace Sanctum.Audit;

/// <summary>One line of the audit log. Never holds a secret, a header value or a body.</summary>
public sealed record AuditEntry
{
    /// <summary>Its number, from 1, without gaps.</summary>
    [JsonIgnore]
    public long Sequence { get; init; }

    /// <summary>
    /// Its MAC, 64 hex digits: with <see cref="Sequence"/>, a checkpoint (<see cref="AuditCheckpoint"/>). Empty until it was read from the log.
    /// </summary>
    [JsonIgnore]
    public string Mac { get; init; } = "";

    /// <summary>When, by the system's clock.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>When by the vault's own clock, which never goes back: what expires and what counts does so by it. Only where the system's clock was set back.</summary>
    public DateTimeOffset? VaultTime { get; init; }

    /// <summary>Who: <c>agent:NAME</c>, <c>operator</c> or <c>vault</c>.</summary>
    public required string Actor { get; init; }

    /// <summary>What: <c>retrieve</c>, <c>use</c>, <c>list</c>, <c>session.open</c>, <c>credential.store</c>, <c>vault.unseal</c> ...</summary>
    public required string Action { get; init; }

    /// <summary>On what: a path, or an agent's or policy's name.</summary>
    public string? Resource { get; init; }

    /// <summary>Which operation, of a use.</summary>
    public string? Operation { get; init; }

    /// <summary>How it went.</summary>
    public required AuditOutcome Outcome { get; init; }

    /// <summary>Why it did not go well.</summary>
    public VaultErrorCode? Reason { get; init; }

    /// <summary>The policies that granted it.</summary>
    public IReadOnlyList<string> Policies { get; init; } = [];

    /// <summary>The session it came in on.</summary>
    public string? SessionId { get; init; }

    /// <summary>The lease it is about.</summary>
    public string? LeaseId { get; init; }

    /// <summary>The trace that it is part of, 32 hex digits (W3C Trace Context), as the agent or its program says; null for none.</summary>
    public string? TraceId { get; init; }

    /// <summary>Particulars, such as <c>algorithm</c> or <c>ttl</c>.</summary>
    public IReadOnlyDictionary<string, string>? Details { get; init; }
}

/// <summary>How something went.</summary>
public enum AuditOutcome
{
    /// <summary>It was allowed and done.</summary>
    Allowed,

    /// <summary>It was refused.</summary>
    Denied,

    /// <summary>It was allowed, and failed.</summary>
    Failed,
}
