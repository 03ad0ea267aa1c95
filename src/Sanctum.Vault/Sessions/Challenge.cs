namespace Sanctum.Sessions;

/// <summary>Bytes for an agent to sign. Valid for one response, right or wrong, and for a short time.</summary>
public sealed class Challenge
{
    private const int VaultIdOffset = 16;
    private const int VaultIdSize = 16;
    private int _used;

    internal Challenge(string agentName, byte[] bytes, DateTimeOffset expiresAt) =>
        (AgentName, Bytes, ExpiresAt) = (agentName, bytes, expiresAt);

    /// <summary>What to sign: <c>"sanctum-auth-v1\0" | vault id (16 bytes) | nonce (32 bytes)</c>.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    internal string AgentName { get; }

    /// <summary>By the vault's own clock.</summary>
    internal DateTimeOffset ExpiresAt { get; }

    internal bool TryUse() => Interlocked.Exchange(ref _used, 1) == 0;

    internal bool IsFor(ReadOnlySpan<byte> vaultId) => Bytes.Span.Slice(VaultIdOffset, VaultIdSize).SequenceEqual(vaultId);
}
