using System.Text.Json;
using Sanctum.Agents;
using Sanctum.Audit;
using Sanctum.Credentials;
using Sanctum.Leases;
using Sanctum.Operations;
using Sanctum.Policies;
using Sanctum.Sessions;
using Sanctum.Storage;
#pragma warning disable CS1591, CA1822, IDE0060

namespace Sanctum;

public sealed class Vault : IAsyncDisposable
{
    /// <summary>Makes a new vault in an empty store; it is sealed. Conflict when the store holds one.</summary>
    public static Task<Vault> CreateAsync(IVaultStore store, ReadOnlyMemory<byte> passphrase, VaultOptions? options = null, CancellationToken cancellationToken = default) => throw null!;
    /// <summary>Opens an existing vault, sealed.</summary>
    public static Task<Vault> OpenAsync(IVaultStore store, VaultOptions? options = null, CancellationToken cancellationToken = default) => throw null!;

    public Guid Id => throw null!;
    public bool IsSealed => throw null!;
    /// <summary>The last time an agent or operator did something; for sealing when idle.</summary>
    public DateTimeOffset LastActivity => throw null!;

    /// <summary>Unseals, or when already unsealed just proves the passphrase. AuthFailed on a wrong passphrase.</summary>
    public Task<Operator> UnsealAsync(ReadOnlyMemory<byte> passphrase, CancellationToken cancellationToken = default) => throw null!;
    /// <summary>Ends all sessions, waits for running calls, zeroes all keys. Idempotent. reason is for the audit log.</summary>
    public Task SealAsync(string reason, CancellationToken cancellationToken = default) => throw null!;
    public Task ChangePassphraseAsync(Operator by, ReadOnlyMemory<byte> current, ReadOnlyMemory<byte> replacement, CancellationToken cancellationToken = default) => throw null!;

    // Operators.
    public CredentialRegistry Credentials => throw null!;
    public AgentRegistry Agents => throw null!;
    public PolicyRegistry Policies => throw null!;
    public LeaseRegistry Leases => throw null!;
    public AuditLog Audit => throw null!;
    /// <summary>Writes the whole vault, still sealed, to a stream.</summary>
    public Task BackupAsync(Operator by, Stream destination, CancellationToken cancellationToken = default) => throw null!;
    /// <summary>Reads a backup into an empty store, verifying it wholly (records and audit chain) under its passphrase before the store's seal is written.</summary>
    public static Task<AuditVerification> RestoreAsync(Stream source, IVaultStore store, ReadOnlyMemory<byte> passphrase, CancellationToken cancellationToken = default) => throw null!;

    // Agents.
    /// <summary>Unknown agents and malformed names get a challenge like any other. VaultLocked when sealed.</summary>
    public Challenge IssueChallenge(string agentName) => throw null!;
    /// <param name="source">where the attempt comes from, for limiting failures ("tcp:127.0.0.1", "unix:1000:4242")</param>
    public Task<Session> AuthenticateAsync(Challenge challenge, ReadOnlyMemory<byte> signature, string source, CancellationToken cancellationToken = default) => throw null!;
    public Task LogoutAsync(Session session, CancellationToken cancellationToken = default) => throw null!;
    public Task<CredentialPage> ListAsync(Caller caller, string? prefix = null, int? limit = null, string? cursor = null, CancellationToken cancellationToken = default) => throw null!;
    public Task<RetrievedCredential> RetrieveAsync(Caller caller, CredentialPath path, TimeSpan? ttl = null, CancellationToken cancellationToken = default) => throw null!;
    public Task<OperationResult> UseAsync(Caller caller, CredentialPath path, string operation, JsonElement? parameters = null, CancellationToken cancellationToken = default) => throw null!;
    public Task<Lease> RenewLeaseAsync(Caller caller, string leaseId, TimeSpan? ttl = null, CancellationToken cancellationToken = default) => throw null!;
    public Task ReleaseLeaseAsync(Caller caller, string leaseId, CancellationToken cancellationToken = default) => throw null!;
    public Task<IReadOnlyList<Lease>> ListLeasesAsync(Caller caller, CancellationToken cancellationToken = default) => throw null!;

    public ValueTask DisposeAsync() => throw null!;
}
