using System.Globalization;
using Sanctum.Audit;
using Sanctum.Crypto;
using Sanctum.Door;
using Sanctum.Leases;
using Sanctum.Operations;
using Sanctum.Sealing;
using Sanctum.Storage;

namespace Sanctum.Credentials;

/// <summary>The operator's hand on credentials.</summary>
public sealed class CredentialRegistry
{
    private readonly Vault _vault;

    internal CredentialRegistry(Vault vault) => _vault = vault;

    /// <summary>Stores a secret: a new credential, or a new version of the one that is there.</summary>
    /// <returns>What is known of it now.</returns>
    /// <exception cref="VaultException">The secret is empty or too large, or an option is malformed
    /// (<see cref="VaultErrorCode.InvalidParams"/>); it is not what its type, its header type or its JWT rules say that it is, so that it could
    /// never be used so (<see cref="VaultErrorCode.UnsupportedOperation"/>); the vault is sealed. See <see cref="CredentialReadiness"/> for what is stored with a warning.</exception>
    public Task<CredentialInfo> StoreAsync(
        Operator by,
        CredentialPath path,
        ReadOnlyMemory<byte> secret,
        CredentialOptions? options = null,
        CancellationToken cancellationToken = default) => _vault.ChangeAsync(by, path, cancellationToken, async vault =>
        {
            CredentialRules.Validate(secret.Length, options, vault.Options);
            _ = vault.Credentials.TryFind(path, out var known);
            var info = CredentialRules.Merge(path, known, options, vault.Now);
            CredentialReadiness.Require(info, secret.Span);
            var secretKey = vault.Secrets.Cipher.KeyOf(path, info.Version);
            await vault.Journal.CommitAsync(
                OperatorEntry.Of(vault, AuditActions.CredentialStore, path.Value, ("version", info.Version.ToString(CultureInfo.InvariantCulture))),
                [
                    CredentialRecord.Change(info, vault.Codec),
                    new RecordChange(secretKey) { Encrypted = vault.Secrets.Cipher.Encrypt(secretKey, secret.Span) },
                ],
                check: () => IsStill(vault, path, known) ? null : new ChangedMeanwhileException()).ConfigureAwait(false);

            // A tag that it lost can have been what let an agent have it.
            await LeaseEnding.EndAfterAsync(
                vault, [.. vault.Leases.All.Where(lease => lease.Path == path && !vault.Policies.MightGrant(lease.Agent, LeaseEnding.ActionOf(lease), path))]).ConfigureAwait(false);
            return info;
        });

    /// <summary>The current secret, on the record. The caller disposes it.</summary>
    /// <exception cref="VaultException">There is none (<see cref="VaultErrorCode.CredentialNotFound"/>); the vault is sealed.</exception>
    public Task<SecretBytes> GetAsync(Operator by, CredentialPath path, CancellationToken cancellationToken = default) =>
        _vault.LookAsync(by, async vault =>
        {
            var secret = await vault.OpenSecretAsync(vault.Credentials.Require(path), cancellationToken).ConfigureAwait(false);
            try
            {
                await vault.Journal.CommitAsync(OperatorEntry.Of(vault, AuditActions.CredentialGet, path.Value)).ConfigureAwait(false);
                return secret;
            }
            catch
            {
                secret.Dispose();
                throw;
            }
        });

    /// <summary>All credentials, or those of a type or with a tag, in ordinal order of path.</summary>
    public Task<IReadOnlyList<CredentialInfo>> ListAsync(
        Operator by, string? type = null, string? tag = null, CancellationToken cancellationToken = default) =>
        _vault.InsideAsync(by, vault =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            IReadOnlyList<CredentialInfo> found = [.. vault.Credentials.Ordered.Where(credential =>
                (type is null || credential.Type == type) && (tag is null || credential.Tags.Contains(tag)))];
            return Task.FromResult(found);
        });

    /// <summary>Removes a credential with all its versions, and ends the leases on it.</summary>
    /// <exception cref="VaultException">There is none (<see cref="VaultErrorCode.CredentialNotFound"/>); the vault is sealed.</exception>
    public Task RemoveAsync(Operator by, CredentialPath path, CancellationToken cancellationToken = default) =>
        _vault.ChangeAsync(by, path, cancellationToken, async vault =>
        {
            var info = vault.Credentials.Require(path);
            await LeaseEnding.EndWithAsync(
                vault,
                [OperatorEntry.Of(vault, AuditActions.CredentialRemove, path.Value)],
                [
                    new RecordChange(CredentialRecord.KeyOf(path, vault.Codec)),
                    .. Enumerable.Range(1, info.Version).Select(version => new RecordChange(vault.Secrets.Cipher.KeyOf(path, version))),
                ],
                lease => lease.Path == path,
                () => IsStill(vault, path, info)).ConfigureAwait(false);
            return true;
        });

    private static bool IsStill(UnsealedVault vault, CredentialPath path, CredentialInfo? seen) =>
        ReferenceEquals(vault.Credentials.TryFind(path, out var now) ? now : null, seen);
}
