using System.Text.Json.Serialization;

namespace Sanctum.Policies;

/// <summary>What some agents may do with some credentials. With none that matches, nothing is allowed.</summary>
public sealed record Policy
{
    /// <summary>Its name, 1 to 64 of <c>[A-Za-z0-9._-]</c>, unique in the vault.</summary>
    public required string Name { get; init; }

    /// <summary>Whom it is about: <c>agent:PATTERN</c>.</summary>
    public required string Principal { get; init; }

    /// <summary>Patterns over paths: <c>*</c> is any run of characters, slashes included, <c>?</c> any one character.</summary>
    public required IReadOnlyList<string> Resources { get; init; }

    /// <summary>What it grants.</summary>
    public required PolicyActions Actions { get; init; }

    /// <summary>The longest lease. Default: 300 seconds.</summary>
    public TimeSpan MaxTtl { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>What else must hold.</summary>
    public PolicyConditions Conditions { get; init; } = PolicyConditions.None;

    /// <summary>A policy that is not enabled grants nothing.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>From when on it grants nothing. It is removed then, and with it go the leases and the running calls that only it granted. Null: it does not end by itself.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] // Left out, as before there was such a thing.
    public DateTimeOffset? ExpiresAt { get; init; }
}
