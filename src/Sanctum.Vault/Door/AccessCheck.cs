namespace Sanctum.Door;

/// <summary>What would become of a call, had the agent made it now.</summary>
/// <param name="Allowed">Whether it would be allowed.</param>
/// <param name="Code">Why not; null when allowed. <see cref="VaultErrorCode.ApprovalRequired"/>: a human is asked when it is made.</param>
/// <param name="Reason">The same in words, as the call would be told; null when allowed.</param>
public sealed record AccessCheck(bool Allowed, VaultErrorCode? Code, string? Reason)
{
    /// <summary>What to do about it; null for nothing.</summary>
    public string? Suggestion { get; init; }
}
