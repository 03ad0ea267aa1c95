using Sanctum.Audit;
using Sanctum.Crypto;
using Sanctum.Door;
using Sanctum.Sealing;

namespace Sanctum;

/// <summary>Opening the vault without a human: the root key is wrapped for seal providers beside the passphrase.</summary>
public sealed partial class Vault
{
    /// <summary>The vault's seal providers, in the order in which they are tried, as this daemon last read them. See <see cref="ListSealProvidersAsync"/>.</summary>
    public IReadOnlyList<SealProviderInfo> SealProviders => [.. EntriesOf(_keyDocument).Select(entry => entry.Info)];

    /// <summary>The vault's seal providers as they are now, also where they were changed at another daemon, in the order in which they are tried.</summary>
    /// <param name="by">The operator.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="VaultException">The vault is sealed (<see cref="VaultErrorCode.VaultLocked"/>), or its store can't be read (<see cref="VaultErrorCode.StorageFailed"/>).</exception>
    public async Task<IReadOnlyList<SealProviderInfo>> ListSealProvidersAsync(Operator by, CancellationToken cancellationToken = default) =>
        [.. EntriesOf(await CurrentDocumentAsync(by, cancellationToken).ConfigureAwait(false)).Select(entry => entry.Info)];

    /// <summary>What the vault was unsealed by: <see cref="SealProviderName.Passphrase"/> or a provider's name; null while it is sealed.</summary>
    public string? UnsealedBy => IsSealed ? null : Volatile.Read(ref _unsealedBy);

    private static IReadOnlyList<SealEntry> EntriesOf(KeyDocument document) => document.Providers ?? [];

    /// <summary>
    /// Unseals the vault by the first seal provider that can, each with <see cref="VaultOptions.SealProviderTimeout"/> of time. Nobody becomes an operator by that.
    /// The vault stays sealed where none can; nothing happens when it is unsealed already. It also stays sealed where an operator has sealed it at another daemon since
    /// providers were first tried without success (<see cref="SealAttempt.VaultFailure"/> is then <see cref="VaultErrorCode.VaultLocked"/>).
    /// </summary>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<ProviderUnsealing> UnsealByProvidersAsync(CancellationToken cancellationToken = default)
    {
        await _sealing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            while (true)
            {
                try
                {
                    return await TryProvidersAsync(cancellationToken).ConfigureAwait(false);
                }
                catch (ChangedMeanwhileException)
                {
                    continue; // The provider may have been removed while it was waited for.
                }
            }
        }
        finally
        {
            _sealing.Release();
        }
    }

    private async Task<ProviderUnsealing> TryProvidersAsync(CancellationToken cancellationToken)
    {
        List<SealAttempt> failed = [];
        foreach (var entry in _unsealed is null ? EntriesOf((await RefreshKeyDocumentAsync(cancellationToken).ConfigureAwait(false)).Document) : [])
        {
            _waitingSince ??= await LastSegmentAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                using var root = await OpenRootAsync(entry, cancellationToken).ConfigureAwait(false);
                var unsealed = await Storing(() => LoadAsync(root, entry.Name, failed, cancellationToken)).ConfigureAwait(false);
                Volatile.Write(ref _unsealedBy, entry.Name);
                Volatile.Write(ref _unsealed, unsealed);
                Touch();
                return new ProviderUnsealing(entry.Name, failed, unsealed.Damage);
            }
            catch (SealProviderException failure)
            {
                failed.Add(new SealAttempt(entry.Name, entry.Type, failure.Message, failure.Suggestion));
            }
            catch (VaultException failure)
            {
                // The key was right, and the vault is not: no other provider would help.
                failed.Add(new SealAttempt(entry.Name, entry.Type, failure.Message, failure.Suggestion) { VaultFailure = failure.Code });
                break;
            }
        }

        return new ProviderUnsealing(null, failed, []);
    }

    /// <summary>Has a seal provider keep a key, checks that it gives the key out again, and wraps the root key for it.</summary>
    /// <param name="by">The operator.</param>
    /// <param name="passphrase">The vault's: without it, nobody has the root key. The caller zeroes it.</param>
    /// <param name="provider">What it is called, which kind it is, and where its key is.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="VaultException">Wrong passphrase (<see cref="VaultErrorCode.AuthFailed"/>); the name is taken, or there is no room
    /// (<see cref="VaultErrorCode.Conflict"/>); the provider failed (<see cref="VaultErrorCode.UpstreamFailed"/>).</exception>
    public Task AddSealProviderAsync(
        Operator by, ReadOnlyMemory<byte> passphrase, SealProviderInfo provider, CancellationToken cancellationToken = default) =>
        ProvidingAsync(by, cancellationToken, async (unsealed, ending) =>
        {
            var proven = await CurrentDocumentAsync(by, ending).ConfigureAwait(false);
            RequireAcceptable(provider, proven);
            using var root = await Task.Run(() => proven.TryOpen(passphrase.Span), cancellationToken).ConfigureAwait(false)
                ?? throw await RefusePassphraseAsync().ConfigureAwait(false);
            var place = new SealPlace(Id, provider.Name, provider.Settings);
            using var kept = await RecordingFailureAsync(unsealed, provider, () => KeepAsync(unsealed, provider, place, ending)).ConfigureAwait(false);
            var entry = SealEntry.Make(place, provider.Type, kept.Data, kept.Key, root);
            return await ForgettingAsync(unsealed, provider, place, () => ChangeAsync(by, ending, async _ =>
            {
                var (known, current) = await RefreshKeyDocumentAsync(ending).ConfigureAwait(false);
                RequireAcceptable(provider, current); // Another may have been added meanwhile.
                if (!current.HasPassphraseOf(proven) && !await Task.Run(() => Opens(current, passphrase), ending).ConfigureAwait(false))
                {
                    await TryRecordLoginAsync(AuditOutcome.Denied, VaultErrorCode.AuthFailed).ConfigureAwait(false);
                    throw Errors.PassphraseChangedMeanwhile();
                }

                var upgraded = await Task.Run(() => current.Upgraded(root, passphrase.Span, _options.Kdf, unsealed.Keys.KeyDocument), ending).ConfigureAwait(false);
                await ReplaceAsync(
                    unsealed, known, upgraded.With([.. EntriesOf(current), entry], unsealed.Keys.KeyDocument), SealEntryOf(unsealed, AuditActions.SealAdd, provider)).ConfigureAwait(false);
                return true;
            })).ConfigureAwait(false);
        });

    /// <summary>Takes a seal provider off the vault. The passphrase stays: it is what operators prove themselves by.</summary>
    /// <param name="by">The operator.</param>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Why the provider may still have its key, because that is on another machine for example; null where it has not, or keeps it for others too.</returns>
    /// <exception cref="VaultException">There is none of that name (<see cref="VaultErrorCode.NotFound"/>), or it is the passphrase's (<see cref="VaultErrorCode.Conflict"/>).</exception>
    public Task<SealAttempt?> RemoveSealProviderAsync(Operator by, string name, CancellationToken cancellationToken = default) =>
        ProvidingAsync(by, cancellationToken, async (unsealed, ending) =>
        {
            var entry = await ChangeAsync(by, ending, async _ =>
            {
                var (known, current) = await RefreshKeyDocumentAsync(ending).ConfigureAwait(false);
                var removed = Require(current, name);
                await ReplaceAsync(
                    unsealed,
                    known,
                    current.With([.. EntriesOf(current).Where(it => it.Name != name)], unsealed.Keys.KeyDocument),
                    SealEntryOf(unsealed, AuditActions.SealRemove, removed.Info)).ConfigureAwait(false);
                return removed;
            }).ConfigureAwait(false);
            return await TryForgetAsync(entry, ending).ConfigureAwait(false);
        });

    /// <summary>Tries whether a seal provider would open the vault now.</summary>
    /// <param name="by">The operator.</param>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Why it would not; null when it would.</returns>
    /// <exception cref="VaultException">There is none of that name (<see cref="VaultErrorCode.NotFound"/>).</exception>
    public Task<SealAttempt?> TestSealProviderAsync(Operator by, string name, CancellationToken cancellationToken = default) =>
        OutsideAsync(by, cancellationToken, async (unsealed, ending) =>
        {
            var entry = Require(await CurrentDocumentAsync(by, ending).ConfigureAwait(false), name);
            await unsealed.Journal.CommitAsync(SealEntryOf(unsealed, AuditActions.SealTest, entry.Info)).ConfigureAwait(false);
            return await TryOpenAsync(entry, ending).ConfigureAwait(false);
        });

    // Whether a document is the vault's own is known once the vault has caught up.
    private Task<KeyDocument> CurrentDocumentAsync(Operator by, CancellationToken cancellationToken) =>
        LookAsync(by, async _ => (await RefreshKeyDocumentAsync(cancellationToken).ConfigureAwait(false)).Document);

    private static bool Opens(KeyDocument document, ReadOnlyMemory<byte> passphrase)
    {
        using var root = document.TryOpen(passphrase.Span);
        return root is not null;
    }

    // The same for one at a time who adds or removes a provider.
    private Task<T> ProvidingAsync<T>(Operator by, CancellationToken cancellationToken, Func<UnsealedVault, CancellationToken, Task<T>> body) =>
        OutsideAsync(by, cancellationToken, async (unsealed, ending) =>
        {
            await unsealed.Providing.WaitAsync(ending).ConfigureAwait(false);
            try
            {
                return await body(unsealed, ending).ConfigureAwait(false);
            }
            finally
            {
                unsealed.Providing.Release();
            }
        });

    // Waits for a provider without holding up changes, and not when the vault is being sealed.
    private Task<T> OutsideAsync<T>(Operator by, CancellationToken cancellationToken, Func<UnsealedVault, CancellationToken, Task<T>> body) =>
        InsideAsync(by, async unsealed =>
        {
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, unsealed.Sealing);
            try
            {
                return await body(unsealed, ending.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (unsealed.Sealing.IsCancellationRequested)
            {
                throw Errors.VaultLocked();
            }
        });

    private static AuditEntry SealEntryOf(UnsealedVault unsealed, string action, SealProviderInfo provider) =>
        OperatorEntry.Of(unsealed, action, provider.Name, ("type", provider.Type), ("settings", provider.Settings));

    private static async Task<T> RecordingFailureAsync<T>(UnsealedVault unsealed, SealProviderInfo provider, Func<Task<T>> call)
    {
        try
        {
            return await call().ConfigureAwait(false);
        }
        catch (SealProviderException failure)
        {
            await unsealed.Journal.CommitAsync(SealEntryOf(unsealed, AuditActions.SealAdd, provider) with
            {
                Outcome = AuditOutcome.Failed,
                Reason = VaultErrorCode.UpstreamFailed,
            }).ConfigureAwait(false);
            throw Errors.SealProviderFailed(provider, failure);
        }
    }

    private void RequireAcceptable(SealProviderInfo provider, KeyDocument document)
    {
        if (!SealProviderName.IsValid(provider.Name))
        {
            throw Errors.InvalidSealProviderName();
        }

        if (!SealEntry.IsLine(provider.Settings, SealEntry.MaxSettings))
        {
            throw Errors.InvalidParams("settings", $"a seal provider's settings are at most {SealEntry.MaxSettings} printable ASCII characters");
        }

        if (EntriesOf(document).Any(entry => entry.Name == provider.Name))
        {
            throw Errors.SealProviderExists(provider.Name);
        }

        if (_options.SealProviders.All(it => it.Type != provider.Type))
        {
            throw Errors.InvalidParams("type", $"the types of seal providers are: {string.Join(", ", _options.SealProviders.Select(it => it.Type))}");
        }

        if (EntriesOf(document).Count >= KeyDocument.MaxProviders)
        {
            throw Errors.NoRoomForProvider(); // Before a key is kept for it.
        }
    }

    private static SealEntry Require(KeyDocument document, string name) =>
        name == SealProviderName.Passphrase ? throw Errors.PassphraseStays() : EntriesOf(document).FirstOrDefault(entry => entry.Name == name) ?? throw Errors.NoSealProvider(name);
}
