using Sanctum.Crypto;
using Sanctum.Sealing;

namespace Sanctum;

/// <summary>What is asked of seal providers, each within its time.</summary>
public sealed partial class Vault
{
    private ISealProvider Find(string type) => _options.SealProviders.FirstOrDefault(it => it.Type == type)
        ?? throw new SealProviderException($"this program has no seal provider of the type '{type}'", "upgrade sanctum, or remove the provider and add another");

    // What can't be got back must not be relied on.
    private async Task<ProvidedKey> KeepAsync(ISealProvider provider, SealPlace place, CancellationToken cancellationToken)
    {
        var kept = await WithinAsync(limit => provider.CreateAsync(place, limit), cancellationToken).ConfigureAwait(false);
        try
        {
            RequireSize(kept.Key);
            if (!SealEntry.IsLine(kept.Data, int.MaxValue))
            {
                throw new SealProviderException("it returned data that can't be kept in the vault");
            }

            using var again = await WithinAsync(limit => provider.OpenAsync(place, kept.Data, limit), cancellationToken).ConfigureAwait(false);
            return again.Span.SequenceEqual(kept.Key.Span) ? kept : throw new SealProviderException("it did not give out the key again that it was to keep");
        }
        catch
        {
            kept.Dispose();
            throw;
        }
    }

    private async Task<SecretBytes> OpenRootAsync(SealEntry entry, CancellationToken cancellationToken)
    {
        var provider = Find(entry.Type);
        using var key = await WithinAsync(limit => provider.OpenAsync(entry.PlaceIn(Id), entry.Data, limit), cancellationToken).ConfigureAwait(false);
        RequireSize(key);
        return entry.TryOpen(Id, key)
            ?? throw new SealProviderException("it returned another key than the one that this vault was sealed with", "unseal with the passphrase, then remove the provider and add it again");
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
        where T : IDisposable
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
            _ = running.ContinueWith(late => late.Result.Dispose(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
            throw new SealProviderException($"it did not respond within {time.TotalSeconds:0.###} seconds", "check that it can be reached from this machine");
        }
        catch (Exception failure) when (failure is not SealProviderException and not OperationCanceledException)
        {
            throw new SealProviderException($"it failed unexpectedly ({failure.GetType().Name})", "report this; the passphrase still opens the vault", failure);
        }
    }
}
