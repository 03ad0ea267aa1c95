using Sanctum.Audit;
using Sanctum.Crypto;
using Sanctum.Sealing;
using Sanctum.Storage;

namespace Sanctum;

/// <summary>What is asked of seal providers, each within its time.</summary>
public sealed partial class Vault
{
    private ISealProvider Find(string type) => _options.SealProviders.FirstOrDefault(it => it.Type == type)
        ?? throw new SealProviderException($"this program has no seal provider of the type '{type}'", "upgrade sanctum, or remove the provider and add another");

    // What can't be got back must not be relied on.
    private async Task<ProvidedKey> KeepAsync(UnsealedVault unsealed, SealProviderInfo provider, SealPlace place, CancellationToken cancellationToken)
    {
        var keeper = Find(provider.Type);
        var kept = await WithinAsync(limit => keeper.CreateAsync(place, limit), cancellationToken).ConfigureAwait(false);
        try
        {
            return await ForgettingAsync(unsealed, provider, place, async () =>
            {
                RequireSize(kept.Key);
                if (!SealEntry.IsLine(kept.Data, int.MaxValue))
                {
                    throw new SealProviderException("it returned data that can't be kept in the vault");
                }

                using var again = await WithinAsync(limit => keeper.OpenAsync(place, kept.Data, limit), cancellationToken).ConfigureAwait(false);
                return again.Span.SequenceEqual(kept.Key.Span) ? kept : throw new SealProviderException("it did not give out the key again that it was to keep");
            }).ConfigureAwait(false);
        }
        catch
        {
            kept.Dispose();
            throw;
        }
    }

    // A key that was kept for nothing is not left behind. Whether it was for nothing is known once a later commit is there: what was lost on its way can't be written then.
    private async Task<T> ForgettingAsync<T>(UnsealedVault unsealed, SealProviderInfo provider, SealPlace place, Func<Task<T>> adding)
    {
        try
        {
            return await adding().ConfigureAwait(false);
        }
        catch
        {
            try
            {
                await unsealed.Journal.CommitAsync(Array.Empty<AuditEntry>(), []).ConfigureAwait(false);
                var current = KeyDocument.Parse(await _store.ReadKeyDocumentAsync(CancellationToken.None).ConfigureAwait(false) ?? throw Errors.NoVault());
                if (EntriesOf(current).All(entry => entry.Name != provider.Name))
                {
                    await WithinAsync(limit => Find(provider.Type).ForgetAsync(place, limit), CancellationToken.None).ConfigureAwait(false);
                }
            }
            catch (Exception failure) when (failure is VaultException or StoreException or SealProviderException)
            {
                // The key may be needed, or can't be removed: it stays. Why nothing was added is what the operator has to know.
            }

            throw;
        }
    }

    private async Task<SealAttempt?> TryForgetAsync(SealEntry entry, CancellationToken cancellationToken)
    {
        try
        {
            return await WithinAsync(limit => Find(entry.Type).ForgetAsync(entry.PlaceIn(Id), limit), cancellationToken).ConfigureAwait(false) ? null : Left("its key is not on this machine");
        }
        catch (SealProviderException failure)
        {
            return Left(failure.Message);
        }

        SealAttempt Left(string reason) => new(entry.Name, entry.Type, reason, "remove the key where the provider was added; see 'sanctum docs sealing'");
    }

    private async Task<SealAttempt?> TryOpenAsync(SealEntry entry, CancellationToken cancellationToken)
    {
        try
        {
            (await OpenRootAsync(entry, cancellationToken).ConfigureAwait(false)).Dispose();
            return null;
        }
        catch (SealProviderException failure)
        {
            return new SealAttempt(entry.Name, entry.Type, failure.Message, failure.Suggestion);
        }
    }

    private async Task<SecretBytes> OpenRootAsync(SealEntry entry, CancellationToken cancellationToken)
    {
        var provider = Find(entry.Type);
        using var key = await WithinAsync(limit => provider.OpenAsync(entry.PlaceIn(Id), entry.Data, limit), cancellationToken).ConfigureAwait(false);
        RequireSize(key);
        return entry.TryOpen(Id, key)
            ?? throw new SealProviderException("it returned another key than the one that this vault was sealed with", "unseal with the passphrase, then remove the provider and add it again; if another machine uses it, add another for this machine instead");
    }

    private static void RequireSize(SecretBytes key)
    {
        if (key.Length != SealEntry.KeySize)
        {
            throw new SealProviderException($"it returned {key.Length} bytes where a key has {SealEntry.KeySize}");
        }
    }

    // Some wait in the kernel or for another program, whatever their token says.
    private async Task<T> WithinAsync<T>(Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        var time = _options.SealProviderTimeout;
        using var limit = new CancellationTokenSource(time, _options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var token = either.Token;
        var running = Task.Run(() => call(token), CancellationToken.None);
        try
        {
            return await running.WaitAsync(token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            _ = running.ContinueWith(late => (late.Result as IDisposable)?.Dispose(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
            throw new SealProviderException($"it did not respond within {time.TotalSeconds:0.###} seconds", "check that it can be reached from this machine");
        }
        catch (Exception failure) when (failure is not SealProviderException and not OperationCanceledException)
        {
            throw new SealProviderException($"it failed unexpectedly ({failure.GetType().Name})", "report this; the passphrase still opens the vault", failure);
        }
    }
}
