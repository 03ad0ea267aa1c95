using System.Security.Cryptography;
using Sanctum.Audit;
using Sanctum.Credentials;
using Sanctum.Crypto;
using Sanctum.Door;
using Sanctum.Storage;

namespace Sanctum.Sealing;

/// <summary>Makes new vaults, and checks whole ones.</summary>
internal static class VaultFoundation
{
    /// <summary>Writes the first entry and head, and then, last, the key document: without that there is no vault.</summary>
    public static async Task<KeyDocument> LayAsync(
        IVaultStore store, ReadOnlyMemory<byte> passphrase, VaultOptions options, CancellationToken cancellationToken)
    {
        PassphraseRule.Require(passphrase.Span, "passphrase");
        if (await store.ReadKeyDocumentAsync(cancellationToken).ConfigureAwait(false) is not null)
        {
            throw Errors.VaultExists();
        }

        var id = Guid.NewGuid();
        using var root = new SecretBytes(32);
        RandomNumberGenerator.Fill(root.Writable);
        var keyDocument = await Task.Run(() => Wrap(id, root, passphrase.Span, options.Kdf), cancellationToken).ConfigureAwait(false);
        using var keys = new VaultKeys(root, id);
        await store.CommitAsync(FirstBatch(keys, options.TimeProvider.GetUtcNow()), cancellationToken).ConfigureAwait(false);
        await store.WriteKeyDocumentAsync(keyDocument.ToUtf8(), cancellationToken).ConfigureAwait(false);
        return keyDocument;
    }

    public static KeyDocument Wrap(Guid id, SecretBytes root, ReadOnlySpan<byte> passphrase, KdfParameters cost)
    {
        PassphraseRule.Require(passphrase, "passphrase");
        return cost.AreAcceptable
            ? KeyDocument.Make(id, root, passphrase, cost)
            : throw Errors.InvalidParams("kdf", "the key derivation's cost is out of range");
    }

    public static KeyDocument Rewrap(KeyDocument document, SecretBytes root, ReadOnlySpan<byte> passphrase, KdfParameters cost, VaultKeys keys) => cost.AreAcceptable
        ? document.WithPassphrase(root, passphrase, cost, keys.KeyDocument)
        : throw Errors.InvalidParams("kdf", "the key derivation's cost is out of range");

    /// <summary>Opens everything there is: records, every version of every secret, the audit chain.</summary>
    /// <param name="store">Where.</param>
    /// <param name="keys">The vault's.</param>
    /// <param name="keyDocument">What the vault is opened with.</param>
    /// <param name="acceptDamage">Whether damaged secrets and entries are returned and not thrown. Damaged records of any other kind are thrown: who may do what is in them.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="noted">An entry that was noted earlier; it has to be there, with this MAC.</param>
    public static async Task<AuditVerification> VerifyAsync(
        IVaultStore store, VaultKeys keys, KeyDocument keyDocument, bool acceptDamage, CancellationToken cancellationToken, AuditCheckpoint? noted = null)
    {
        var loaded = await LoadedVault.LoadAsync(store, keys, DateTimeOffset.MaxValue, cancellationToken).ConfigureAwait(false);
        var damage = await DamagedSecretsAsync(store, new SecretCipher(keys, loaded.Codec), loaded, cancellationToken).ConfigureAwait(false);
        if (!keyDocument.IsGenuine(keys.KeyDocument) || !KnownDocuments.AreCurrent(loaded.State.KnownDocuments, keyDocument))
        {
            damage.Add("the key document was changed, or is an earlier one: its seal providers open nothing");
        }

        var snapshot = await store.SnapshotAsync(cancellationToken).ConfigureAwait(false);
        await using (snapshot.ConfigureAwait(false))
        {
            var log = await AuditVerifier.VerifyAsync(snapshot, keys, noted, acceptDamage: true, cancellationToken).ConfigureAwait(false);
            damage.AddRange(log.Damage);
            return damage is [] || acceptDamage ? log with { Damage = damage is [] ? log.Damage : damage } : throw Errors.PartsDamaged(damage);
        }
    }

    private static async Task<List<string>> DamagedSecretsAsync(
        IVaultStore store, SecretCipher secrets, LoadedVault loaded, CancellationToken cancellationToken)
    {
        var damage = new List<string>();
        foreach (var (path, version) in loaded.State.Credentials.Ordered.SelectMany(it => Enumerable.Range(1, it.Version).Select(version => (it.Path, version))))
        {
            try
            {
                var record = await store.ReadAsync(secrets.KeyOf(path, version), cancellationToken).ConfigureAwait(false)
                    ?? throw Errors.SecretDamaged(path, version, "it is missing");
                secrets.Decrypt(record, path, version).Dispose();
            }
            catch (VaultException)
            {
                damage.Add($"the secret of '{path}', version {version}, is damaged");
            }
        }

        return damage;
    }

    private static StoreBatch FirstBatch(VaultKeys keys, DateTimeOffset now)
    {
        var codec = new RecordCodec(keys);
        var chain = new AuditChain(keys);
        var mac = chain.Genesis();
        var entry = new AuditEntry
        {
            Time = now,
            Actor = Actors.Operator,
            Action = AuditActions.VaultCreate,
            Outcome = AuditOutcome.Allowed,
        };
        var batch = new StoreBatch { Segment = chain.Pack(1, [AuditJson.Write(entry)], mac) };
        var head = new Head(1, mac, 0, new byte[MacKey.Size]);
        batch.Puts.Add(codec.Encrypt(Head.Key, 1, head.ToBytes()));
        return batch;
    }
}
