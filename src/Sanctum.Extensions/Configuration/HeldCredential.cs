using System.Security.Cryptography;
using Sanctum.Client;
using Sanctum.Protocol;

namespace Sanctum.Extensions.Configuration;

/// <summary>A credential that the configuration has a lease on.</summary>
internal sealed class HeldCredential(string path, SanctumClient client, TimeSpan? ttl, TimeProvider time)
{
    // Of a lease's life, in percent: early enough for a second try, and not at the same moment in every program.
    private const int RenewFrom = 60, RenewTo = 76;

    // For a vault that does not say how long its leases last.
    private static readonly TimeSpan _unknownTtl = TimeSpan.FromMinutes(1);

    private CredentialLease? _lease;
    private DateTimeOffset? _updatedAt;
    private long _renewAt;

    /// <summary>The credential's path.</summary>
    public string Path { get; } = path;

    /// <summary>The secret as text; null when there is no lease.</summary>
    public string? Secret { get; private set; }

    /// <summary>When the lease should be renewed; null when there is none.</summary>
    public TimeSpan? Remaining => _lease is null ? null : time.GetElapsedTime(time.GetTimestamp(), _renewAt);

    /// <summary>Fetches the secret if there is another one, or none yet, and renews the lease if it is time to.</summary>
    /// <param name="isListed">Whether the vault lists the credential to this agent.</param>
    /// <param name="updatedAt">When it was changed last, if it is listed.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Whether the secret is another one now.</returns>
    /// <exception cref="VaultException">The vault refused, or could not be asked. A credential that it refused is held no more.</exception>
    public async Task<bool> RefreshAsync(bool isListed, DateTimeOffset? updatedAt, CancellationToken cancellationToken)
    {
        if (_lease is null || updatedAt != _updatedAt)
        {
            return await FetchAsync(updatedAt, cancellationToken).ConfigureAwait(false);
        }

        if (time.GetTimestamp() < _renewAt)
        {
            return false;
        }

        // Who may not list it does not hear of a rotation, and looks.
        return isListed && await TryRenewAsync(cancellationToken).ConfigureAwait(false) ? false : await FetchAsync(updatedAt, cancellationToken).ConfigureAwait(false);
    }

    // A lease has a limit of renewals, and can be revoked; then another one is asked for.
    private async Task<bool> TryRenewAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _lease!.RenewAsync(ttl, cancellationToken).ConfigureAwait(false);
            Schedule();
            return true;
        }
        catch (VaultException ended) when (!LateVault.Is(ended))
        {
            return false;
        }
    }

    private async Task<bool> FetchAsync(DateTimeOffset? updatedAt, CancellationToken cancellationToken)
    {
        CredentialLease fetched;
        try
        {
            fetched = await client.RetrieveLeaseAsync(Path, ttl, cancellationToken).ConfigureAwait(false);
        }
        catch (VaultException refused) when (refused.Code is ErrorCode.AccessDenied or ErrorCode.CredentialNotFound or ErrorCode.Quarantined)
        {
            await DropAsync().ConfigureAwait(false);
            throw;
        }

        var before = _lease;
        var isOther = before is null || !CryptographicOperations.FixedTimeEquals(before.Bytes.Span, fetched.Bytes.Span);
        (_lease, _updatedAt) = (fetched, updatedAt);
        Secret = isOther ? fetched.GetString() : Secret;
        Schedule();
        if (before is not null)
        {
            await before.DisposeAsync().ConfigureAwait(false);
        }

        return isOther;
    }

    private async ValueTask DropAsync()
    {
        if (_lease is { } lease)
        {
            (_lease, _updatedAt, Secret) = (null, null, null);
            await lease.DisposeAsync().ConfigureAwait(false);
        }
    }

    private void Schedule()
    {
        var life = _lease!.Ttl > TimeSpan.Zero ? _lease.Ttl : _unknownTtl;
        var wait = life * RandomNumberGenerator.GetInt32(RenewFrom, RenewTo) / 100;
        _renewAt = time.GetTimestamp() + (long)(wait.TotalSeconds * time.TimestampFrequency);
    }
}
